// Package worker makes one pass over what is due in the queue. The way of one task ID
// is ProcessOne: take, admit, delete, judge, confirm, settle. Run sends one ID after
// the other on that way with a bounded pool, until nothing is due or something stops
// the pass.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/policy"
)

// Worker makes one pass; make a new one for the next.
type Worker struct {
	*run
	grace      time.Duration
	pool       pool
	opening    opening
	calibrator *calibrator
	stages     *stages
	shares     *shares
	findings   *findings
	effects    *effects
	tally      *tally
}

// New returns a Worker whose pass begins now.
func New(o Options) *Worker { return wire(o.withDefaults()) }

// Run makes the pass. When taking ends, nothing new is sent, and requests under way
// have Grace to finish; when sending ends, they are cut. Either way the rest stays
// pending. Pass.Stop says why it ended early, taken from the cause of taking when that
// is a Stop. An error means that the ledger cannot be written, and then sending has
// stopped as well.
//
// A panic in the pool is raised again here, as a *Crash. Then nothing more is sent,
// requests under way are cut, and the ledger is left as a killed process leaves it.
func (w *Worker) Run(taking, sending context.Context) (Pass, error) {
	taking, w.cancel = context.WithCancelCause(taking)
	defer w.cancel(nil)
	sending, cut := withGrace(taking, sending, w.grace)
	defer cut()

	if c := w.drive(func() { w.work(taking, sending) }); c != nil {
		panic(c)
	}

	err := w.stages.leases.giveBack(context.WithoutCancel(taking))
	stop, failed := stopOf(context.Cause(taking))
	if stop.Kind == StopNone && failed == nil {
		stop = w.atEnd()
		err = errors.Join(err, w.keep(stop))
	}
	pass := w.Snapshot()
	pass.Stop = stop
	return pass, errors.Join(cmp.Or(w.failed, failed), err)
}

// ProcessOne takes one task ID the whole way: take, admit, delete, judge, confirm,
// settle. It reports false when the pass has nothing more for it. The ID is back in the
// ledger when it returns, so the IDs in doubt after a crash are never more than the
// workers, and the few that calibration holds.
func (w *Worker) ProcessOne(taking, sending context.Context) (more bool, err error) {
	d, ok, err := w.stages.leases.take(taking)
	if err != nil || !ok {
		return false, err
	}
	o, took := w.stages.process(taking, sending, d)
	return true, w.stages.settler.settle(o, took)
}

// work processes one ID after the other until there is nothing more to take. The first
// worker calibrates before, while the others wait.
func (w *Worker) work(taking, sending context.Context) {
	w.opening.enter(w.rest, func() { w.calibrator.calibrate(taking, sending) })
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

// drive has the pool work, and returns when all have ended or one has crashed. The
// others are not waited for then: nobody knows what the panic has left locked.
func (w *Worker) drive(work func()) *Crash {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.pool.run(func() {
			defer w.catch()
			work()
		})
		w.calibrator.background.Wait()
	}()
	select {
	case c := <-w.crash:
		return c
	case <-ended:
	}
	select {
	case c := <-w.crash:
		return c
	default:
		return nil
	}
}

// atEnd is why a pass ends that nothing has stopped: too much of it went wrong, or its
// budget is used up; the zero Stop when it did all it could. All workers have ended.
func (w *Worker) atEnd() Stop {
	if s := w.shares.last(); s != nil {
		return *s
	}
	if w.stages.leases.budget.closed {
		return Stop{Kind: StopMaxDeletes, Why: "the most deletes of this pass are made; the next pass continues"}
	}
	return Stop{}
}

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

// Snapshot returns what the pass has done so far; it may be called while Run is under
// way.
func (w *Worker) Snapshot() Pass {
	p := w.tally.pass()
	p.StartedAt, p.Verification = w.began, w.findings.verification()
	return p
}

// Breaker returns the circuit breaker's state; it may be called while Run is under way.
func (w *Worker) Breaker() policy.BreakerState { return w.stages.gate.state() }

// Waits says what the pass waits to see, and since when; empty when it does not wait
// for a look.
func (w *Worker) Waits() (words string, since time.Time) { return w.effects.waitsFor() }

// InFlight is how many DELETEs are under way.
func (w *Worker) InFlight() int { return w.underWay.count() }

// LastSettled is when an ID was settled last; zero when none was.
func (w *Worker) LastSettled() time.Time { return w.tally.lastSettled() }

// Progressing reports whether the pass goes on: something has moved within patience, or
// every worker waits for something that may rightly take long: a permit, an ID that is
// due, or the far side.
func (w *Worker) Progressing(patience time.Duration) bool {
	return w.still() <= patience || w.resting.Load() >= w.pool.atWork()
}

// Resize changes how many IDs may be in hand at once, and so how many requests in
// flight; it is at least 1. It may be called at any time, also while Run is under way:
// then no ID is taken until the number is below, and IDs in hand are finished.
func (w *Worker) Resize(workers int) {
	w.stages.leases.resize(workers)
	w.pool.resize(workers)
}
