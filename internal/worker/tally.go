package worker

import (
	"sync/atomic"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
)

// Pass is what one pass did.
type Pass struct {
	// Deleted, Gone, Protected and Dead count the IDs it settled.
	Deleted, Gone, Protected, Dead int64
	// Requests counts the DELETEs sent; Retries those of them that were not an ID's
	// first; Throttled the answers that asked everyone to slow down.
	Requests, Retries, Throttled int64
	// Calibration counts the DELETEs that were sent again for a task that was seen to
	// be gone, to learn the answer; Looks counts looks.
	Calibration, Looks    int64
	StartedAt, FinishedAt time.Time
	// Verification is what the pass knows of the effect of its deletions.
	Verification Verification
	// Stop is why it ended early; its Kind is empty when it did not.
	Stop Stop
}

// Settled is how many IDs the pass has settled.
func (p Pass) Settled() int64 { return p.Deleted + p.Gone + p.Protected + p.Dead }

// tally counts while the pass runs. The zero value has counted nothing.
type tally struct {
	states                       [queue.Dead + 1]atomic.Int64
	requests, retries, throttled atomic.Int64
	calibration, looks           atomic.Int64
	settledAt                    atomic.Int64 // when an ID was settled last, in Unix nanoseconds; 0 for never
}

// sent counts one exchange. A request that never left does not count.
func (t *tally) sent(e exchange, retry bool) {
	if !e.answer.Fault.Sent() {
		return
	}
	t.requests.Add(1)
	if retry {
		t.retries.Add(1)
	}
	if e.ruling.Slow && e.answer.Fault == answer.FaultNone {
		t.throttled.Add(1)
	}
}

// calibrated counts a DELETE of a task that was seen to be gone.
func (t *tally) calibrated(a answer.Answer) {
	if a.Fault.Sent() {
		t.requests.Add(1)
		t.calibration.Add(1)
	}
}

// settled counts outcomes; IDs that went back do not count.
func (t *tally) settled(outcomes []queue.Outcome) {
	for _, o := range outcomes {
		if o.State != queue.Pending {
			t.settledAt.Store(o.At.UnixNano())
			t.states[o.State].Add(1)
		}
	}
}

// lastSettled is when an ID was settled last; zero when none was.
func (t *tally) lastSettled() time.Time {
	if at := t.settledAt.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// pass is the count so far.
func (t *tally) pass() Pass {
	return Pass{
		Deleted:     t.states[queue.Deleted].Load(),
		Gone:        t.states[queue.Gone].Load(),
		Protected:   t.states[queue.Protected].Load(),
		Dead:        t.states[queue.Dead].Load(),
		Requests:    t.requests.Load(),
		Retries:     t.retries.Load(),
		Throttled:   t.throttled.Load(),
		Calibration: t.calibration.Load(),
		Looks:       t.looks.Load(),
		FinishedAt:  time.Now(),
	}
}
