// Package worker makes one pass over what is due in the queue: it takes a task
// ID, checks it, sends the DELETE, judges the answer, settles the ID and tells
// the readers. ProcessOne is the whole path of one ID; Run walks it with a
// bounded pool until nothing is due or something says stop.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Worker makes one pass; make a new one for the next.
type Worker struct {
	Options
	loans   *loans
	commits *commits
	watch   *watch
	tally   tally
	stop    context.CancelCauseFunc
	pool    pool
	crash   chan *Crash // holds the first panic

	mu     sync.Mutex // guards failed
	failed error      // the first failure of the ledger, or of telling
}

// New returns a Worker whose pass begins now.
func New(o Options) *Worker {
	now := time.Now()
	w := &Worker{Options: o, watch: newWatch(o), pool: pool{size: o.Workers}, crash: make(chan *Crash, 1)}
	w.tally.startedAt = now
	w.loans = newLoans(o, now)
	w.loans.rest = w.tally.rest
	w.commits = &commits{
		queue: o.Queue,
		out:   w.loans.outstanding,
		back:  w.loans.returned,
		told:  w.tell,
		catch: w.catch,
	}
	w.commits.gather()
	return w
}

// Run makes the pass. When taking ends, nothing new is sent, and what is under
// way has Grace to finish; when sending ends, what is under way is cut. Either
// way the rest stays pending. Pass.Stop says why it ended early, taken from the
// cause of taking when that is a Stop. An error means that the ledger cannot be
// written, and then sending has stopped as well.
//
// A panic in the pool is raised again here, as a *Crash. Then nothing more is sent,
// requests under way are cut, and the ledger is left as a killed process leaves it.
func (w *Worker) Run(taking, sending context.Context) (Pass, error) {
	taking, w.stop = context.WithCancelCause(taking)
	defer w.stop(nil)
	sending, cut := withGrace(taking, sending, w.Grace)
	defer cut()

	if c := w.drive(func() { w.work(taking, sending) }); c != nil {
		panic(c)
	}

	err := w.loans.giveBack(context.WithoutCancel(taking))
	stop, failed := stopOf(context.Cause(taking))
	return w.tally.pass(stop), errors.Join(cmp.Or(w.failed, failed), err)
}

// work walks one ID after the other until there is nothing more to take.
func (w *Worker) work(taking, sending context.Context) {
	for {
		more, err := w.ProcessOne(taking, sending)
		if err != nil {
			w.fail(err)
		}
		if !more || err != nil {
			return
		}
	}
}

// fail stops the pass and keeps its first failure, also when something else has
// stopped it before.
func (w *Worker) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = err
	}
	w.stop(err)
}

// ProcessOne takes one task ID the whole way: guard, pace, DELETE, verdict,
// settle, tell. It reports false when the pass has nothing more for it. The ID
// is back in the ledger when it returns, so the IDs in doubt after a crash are
// never more than the workers.
func (w *Worker) ProcessOne(taking, sending context.Context) (bool, error) {
	d, ok, err := w.loans.next(taking)
	if err != nil || !ok {
		return false, err
	}
	e, o, sent := w.send(taking, sending, d)
	if sent {
		o = w.confirm(sending, w.conclude(d, e))
		w.observe(e.made, returns(o))
	}
	w.watch.giveBack(e.ticket) // when it was a probe, and no answer was noted
	return true, w.commits.settle(o, e.took)
}

// now is the present on a clock that never goes back during the pass.
func (w *Worker) now() time.Time {
	return w.tally.startedAt.Add(time.Since(w.tally.startedAt))
}

// tell passes what the ledger has recorded to the readers.
func (w *Worker) tell(outcomes []queue.Outcome) error {
	for _, o := range outcomes {
		w.tally.settled(o)
	}
	if w.Tell == nil {
		return nil
	}
	if err := w.Tell(outcomes); err != nil {
		return fmt.Errorf("tell what became of %d task IDs: %w", len(outcomes), err)
	}
	return nil
}

// Breaker returns the circuit breaker's state; it may be called while Run is
// under way.
func (w *Worker) Breaker() policy.BreakerState { return w.watch.state() }

// withGrace returns sending, ended at the latest grace after taking ends.
func withGrace(taking, sending context.Context, grace time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(sending)
	unhook := context.AfterFunc(taking, func() {
		select {
		case <-time.After(grace):
			cancel(fmt.Errorf("request was still under way %v after the stop", grace))
		case <-ctx.Done():
		}
	})
	return ctx, func() { unhook(); cancel(nil) }
}
