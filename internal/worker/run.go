package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// run is what the parts of a pass share: its clock, how far it is, the way to stop it,
// and its observers.
type run struct {
	clock
	progress
	stopper
	underWay  *underWay
	observers observers
}

func newRun(o Options) *run {
	c := clock{began: time.Now()}
	return &run{
		clock:     c,
		progress:  progress{clock: c},
		stopper:   stopper{crash: make(chan *Crash, 1), hold: o.Hold},
		observers: o.Observers,
		underWay:  &underWay{},
	}
}

// sleep waits that long, or until ctx ends.
func (r *run) sleep(ctx context.Context, d time.Duration) {
	defer r.rest()()
	waitFor(ctx, nil, time.Now().Add(d))
}

// clock is the clock of a pass. It never goes back.
type clock struct{ began time.Time }

// now returns the present.
func (c clock) now() time.Time { return c.began.Add(time.Since(c.began)) }

// sentInPass reports whether d was sent in this pass before.
func (c clock) sentInPass(d queue.Delivery) bool {
	return !d.LastAt.IsZero() && !d.LastAt.Before(c.began)
}

// seen says how often d was tried before its last answer.
func (c clock) seen(d queue.Delivery) policy.Seen {
	switch {
	case d.LastAt.IsZero():
		return policy.SeenNever
	case c.sentInPass(d):
		return policy.SeenInPass
	default:
		return policy.SeenBefore
	}
}

// firstInPass is the moment from which the deadline of d counts: when it was first
// sent, but not before this pass began, nor before from, the end of the last outage.
// It is zero when d was never sent.
func (c clock) firstInPass(d queue.Delivery, from time.Time) time.Time {
	if from.Before(c.began) {
		from = c.began
	}
	if d.FirstAt.IsZero() || d.FirstAt.After(from) {
		return d.FirstAt
	}
	return from
}

// progress says whether the pass moves.
type progress struct {
	clock   clock
	resting atomic.Int64 // workers that wait for something outside
	movedAt atomic.Int64 // when something last moved, in nanoseconds since the pass began
}

// rest notes that a worker waits for something that may rightly take long: a permit,
// an ID that is due, or the far side. The returned function notes that it goes on.
func (p *progress) rest() func() {
	p.resting.Add(1)
	return func() { p.resting.Add(-1); p.move() }
}

// move notes that something has happened.
func (p *progress) move() { p.movedAt.Store(int64(time.Since(p.clock.began))) }

// still is how long nothing has moved.
func (p *progress) still() time.Duration {
	return time.Since(p.clock.began) - time.Duration(p.movedAt.Load())
}

// stopper stops the pass.
type stopper struct {
	cancel context.CancelCauseFunc // ends taking; set when the pass begins
	crash  chan *Crash             // holds the first panic
	hold   func(Stop) error        // keeps what a stop holds; nil keeps nothing

	mu     sync.Mutex // guards failed
	failed error      // the first failure of the ledger, or of the recorder
}

// stop stops the pass unless s is nil. The first stop is the one that counts. What it
// holds is kept before anybody learns of it, so that the end of this process loses
// nothing; a stop that does not count holds all the same.
func (st *stopper) stop(s *Stop) {
	if s == nil {
		return
	}
	if err := st.keep(*s); err != nil {
		st.fail(err)
	}
	st.cancel(s)
}

// keep keeps what s holds back from later passes.
func (st *stopper) keep(s Stop) error {
	if s.Hold == nil || st.hold == nil {
		return nil
	}
	return st.hold(s)
}

// fail stops the pass and keeps its first failure, also when something else has
// stopped it before.
func (st *stopper) fail(err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.failed == nil {
		st.failed = err
	}
	st.cancel(err)
}

// catch is deferred where a goroutine of the pass begins: otherwise a panic there
// would end the process before anything is reported. It stops the pass, and passes
// the first panic to drive.
func (st *stopper) catch() {
	v := recover()
	if v == nil {
		return
	}
	c := NewCrash(v)
	select {
	case st.crash <- c:
	default: // it is not the first
	}
	st.fail(c)
}

// signal wakes all goroutines that wait on it. The mutex of its owner guards it.
type signal struct{ sent chan struct{} }

func newSignal() signal { return signal{make(chan struct{})} }

// broadcast wakes those who wait.
func (s *signal) broadcast() {
	close(s.sent)
	s.sent = make(chan struct{})
}

// waitFor returns at the moment at, unless that is zero; earlier when woken is closed
// or ctx ends.
func waitFor(ctx context.Context, woken <-chan struct{}, at time.Time) {
	var due <-chan time.Time
	if !at.IsZero() {
		left := time.Until(at)
		if left <= 0 {
			return
		}
		due = time.After(left)
	}
	select {
	case <-due:
	case <-woken:
	case <-ctx.Done():
	}
}
