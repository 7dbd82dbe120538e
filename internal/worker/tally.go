package worker

import (
	"sync/atomic"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Pass is what one pass did.
type Pass struct {
	// Deleted, Gone, Protected and Dead count the IDs it settled.
	Deleted, Gone, Protected, Dead int64
	// Requests counts DELETEs sent; Retries those of them that were not an ID's
	// first; Throttled the answers that asked everyone to slow down.
	Requests, Retries, Throttled int64
	StartedAt, FinishedAt        time.Time
	// Stop is why it ended early; its Kind is empty when it did not.
	Stop Stop
}

// tally counts while the pass runs. The zero value has counted nothing.
type tally struct {
	startedAt                    time.Time
	states                       [queue.Dead + 1]atomic.Int64
	requests, retries, throttled atomic.Int64
	inFlight                     atomic.Int64
	settledAt                    atomic.Int64 // when an ID was settled last, in Unix nanoseconds; 0 for never
	resting                      atomic.Int64 // workers that wait for something outside
	movedAt                      atomic.Int64 // when something last moved, in nanoseconds since startedAt
}

// rest says that a worker waits for what it may well have to wait for. The
// returned function says that it goes on.
func (t *tally) rest() func() {
	t.resting.Add(1)
	return func() { t.resting.Add(-1); t.move() }
}

// move says that something has happened.
func (t *tally) move() { t.movedAt.Store(int64(time.Since(t.startedAt))) }

// sent counts one exchange. What never left is not a request.
func (t *tally) sent(e exchange, retry bool) {
	if !e.answer.Fault.Sent() {
		return
	}
	t.requests.Add(1)
	if retry {
		t.retries.Add(1)
	}
	if e.ruling.Slow && e.answer.Fault == policy.FaultNone {
		t.throttled.Add(1)
	}
}

// settled counts one outcome; those that went back count for nothing.
func (t *tally) settled(o queue.Outcome) {
	if o.State != queue.Pending {
		t.settledAt.Store(o.At.UnixNano())
		t.states[o.State].Add(1)
	}
}

// pass is the count so far.
func (t *tally) pass(stop Stop) Pass {
	return Pass{
		Deleted:    t.states[queue.Deleted].Load(),
		Gone:       t.states[queue.Gone].Load(),
		Protected:  t.states[queue.Protected].Load(),
		Dead:       t.states[queue.Dead].Load(),
		Requests:   t.requests.Load(),
		Retries:    t.retries.Load(),
		Throttled:  t.throttled.Load(),
		StartedAt:  t.startedAt,
		FinishedAt: time.Now(),
		Stop:       stop,
	}
}

// Snapshot returns what the pass has done so far; it may be called while Run is
// under way.
func (w *Worker) Snapshot() Pass { return w.tally.pass(Stop{}) }

// InFlight is how many DELETEs are under way.
func (w *Worker) InFlight() int { return int(w.tally.inFlight.Load()) }

// LastSettled is when an ID was settled last; zero when none was.
func (w *Worker) LastSettled() time.Time {
	if at := w.tally.settledAt.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Progressing reports whether the pass goes on: within patience something has
// moved, or every worker waits for what it may well have to wait for, a permit, an
// ID that is due, or the far side.
func (w *Worker) Progressing(patience time.Duration) bool {
	still := time.Since(w.tally.startedAt) - time.Duration(w.tally.movedAt.Load())
	return still <= patience || w.tally.resting.Load() >= w.pool.atWork()
}

// Settled is how many IDs the pass has settled.
func (p Pass) Settled() int64 { return p.Deleted + p.Gone + p.Protected + p.Dead }
