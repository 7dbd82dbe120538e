package worker

import (
	"sync"
	"time"
)

// underWay is the DELETEs that are under way. The zero value has none.
type underWay struct {
	mu   sync.Mutex  // guards what follows
	sent []time.Time // by place, when each was sent; zero where there is none
	free []int       // the places where there is none
}

// begin notes that a DELETE is sent, and returns its place.
func (u *underWay) begin(at time.Time) (place int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := len(u.free) - 1
	if last < 0 {
		u.sent = append(u.sent, at)
		return len(u.sent) - 1
	}
	place, u.free = u.free[last], u.free[:last]
	u.sent[place] = at
	return place
}

// end notes that the DELETE at a place is over.
func (u *underWay) end(place int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent[place] = time.Time{}
	u.free = append(u.free, place)
}

// count is how many there are.
func (u *underWay) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.sent) - len(u.free)
}

// expected returns when the last of those answers comes that come between from and until,
// if each takes that long; false when none does.
func (u *underWay) expected(took time.Duration, from, until time.Time) (last time.Time, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, sent := range u.sent {
		if sent.IsZero() {
			continue
		}
		if at := sent.Add(took); !at.Before(from) && !at.After(until) && (!ok || at.After(last)) {
			last, ok = at, true
		}
	}
	return last, ok
}
