package worker

import (
	"fmt"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Recorder keeps what a pass must not lose. An error stops the pass: it must not go on
// with what cannot be recorded.
type Recorder interface {
	// Record keeps outcomes that the ledger has, both those that settle an ID and those
	// that put it back. It is called with one batch at a time, after the observers, and
	// must not keep the slice.
	Record(outcomes []queue.Outcome) error
	// Learn keeps what the pass learned of its endpoint for later passes.
	Learn(l policy.Learned) error
}

// Observer watches a pass. A nil function is not called. None of them can fail, and
// none may wait for the pass.
type Observer struct {
	// Outcomes is called with each batch of outcomes that the ledger has, one call at a
	// time; it must not keep the slice.
	Outcomes func([]queue.Outcome)
	// Exchange is called after each request, when it is known what follows from it, by
	// many workers at once; it must be quick. Requests that never left are observed as
	// well.
	Exchange func(Exchange)
	// Breaker is called when the circuit breaker opens or closes, and when a probe
	// fails, one call at a time. Where changes come faster than calls return, it gets
	// the latest.
	Breaker func(policy.BreakerState)
}

// Report passes on outcomes that the ledger has as the pass does: to the observers, in
// their order, and then to the recorder.
func (o *Options) Report(outcomes []queue.Outcome) error {
	for _, to := range o.Observers {
		if to.Outcomes != nil {
			to.Outcomes(outcomes)
		}
	}
	if o.Recorder == nil {
		return nil
	}
	if err := o.Recorder.Record(outcomes); err != nil {
		return fmt.Errorf("record what became of %d task IDs: %w", len(outcomes), err)
	}
	return nil
}

// learn has the recorder keep what was learned.
func (o *Options) learn(l policy.Learned) error {
	if o.Recorder == nil {
		return nil
	}
	if err := o.Recorder.Learn(l); err != nil {
		return fmt.Errorf("keep what was learned of the endpoint: %w", err)
	}
	return nil
}

// observers are those who watch the pass.
type observers []Observer

// exchange passes on a request. again says that its ID is to be sent again.
func (os observers) exchange(e Exchange, again bool) {
	e.Again = again
	for i := range os {
		if os[i].Exchange != nil {
			os[i].Exchange(e)
		}
	}
}

// breaker passes on a state of the circuit breaker.
func (os observers) breaker(s policy.BreakerState) {
	for i := range os {
		if os[i].Breaker != nil {
			os[i].Breaker(s)
		}
	}
}
