package worker

import (
	"sync"
	"time"
)

// underWay is the DELETEs that are under way.
type underWay struct {
	mu   sync.Mutex          // guards sent
	sent map[int64]time.Time // by the ID's number, when each was sent
}

func newUnderWay() *underWay { return &underWay{sent: map[int64]time.Time{}} }

// begin notes that the DELETE of the ID seq is sent.
func (u *underWay) begin(seq int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent[seq] = time.Now()
}

// end notes that the DELETE of the ID seq is over.
func (u *underWay) end(seq int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.sent, seq)
}

// count is how many there are.
func (u *underWay) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.sent)
}

// expected returns when the last of those answers comes that come between from and until,
// if each takes that long; false when none does.
func (u *underWay) expected(took time.Duration, from, until time.Time) (last time.Time, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, sent := range u.sent {
		if at := sent.Add(took); !at.Before(from) && !at.After(until) && (!ok || at.After(last)) {
			last, ok = at, true
		}
	}
	return last, ok
}
