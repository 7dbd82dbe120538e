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
}

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

// Settled is how many IDs the pass has settled.
func (p Pass) Settled() int64 { return p.Deleted + p.Gone + p.Protected + p.Dead }
