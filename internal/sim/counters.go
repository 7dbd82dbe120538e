package sim

import (
	"sync"
	"sync/atomic"
	"time"
)

// counters are the totals of a Sim.
type counters struct {
	requests, deletes, effects  atomic.Int64
	stops, looks                atomic.Int64
	madeUpDeletes, madeUpLooks  atomic.Int64
	added, removed              atomic.Int64 // tasks, by AddIDs or AddTasks and by Remove
	logins, failedLogins        atomic.Int64
	throttled, repeats, lost    atomic.Int64
	connections, inFlight, most atomic.Int64 // most is the largest inFlight
	arrivals                    meter        // of DELETEs
}

// enter counts one request more in flight.
func (c *counters) enter() {
	n := c.inFlight.Add(1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			return
		}
	}
}

// meter finds the busiest second: the largest number of hits within any span
// of one second, whenever it begins. Its lock is global, and held for as long
// as it takes to append a number: an exact figure needs an order of arrival.
type meter struct {
	mu   sync.Mutex
	hits []time.Time // in order; those before from are more than a second old
	from int
	most int
}

// hit counts a hit now.
func (m *meter) hit() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for m.from < len(m.hits) && now.Sub(m.hits[m.from]) >= time.Second {
		m.from++
	}
	if m.from > 1024 && m.from > len(m.hits)/2 {
		m.hits = append(m.hits[:0], m.hits[m.from:]...)
		m.from = 0
	}
	m.hits = append(m.hits, now)
	m.most = max(m.most, len(m.hits)-m.from)
}

// busiest is the number of hits in the busiest second so far.
func (m *meter) busiest() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.most
}
