package admin

import (
	"sync"
	"time"
)

// Sample is the rate of requests at one time.
type Sample struct {
	At        time.Time `json:"at"`
	Rate      float64   `json:"rate"`      // requests a second allowed
	Sent      float64   `json:"sent"`      // requests a second sent since the sample before
	Throttled int64     `json:"throttled"` // answers since the sample before that asked for a slower pace
}

// History keeps the latest samples. The zero value keeps 360 of them, which is an hour
// with one every 10 s. It may be used by several goroutines.
type History struct {
	// Keep is how many samples are kept; 0 is 360. It is not changed after the
	// first Add.
	Keep int

	mu      sync.Mutex
	samples []Sample // guarded by mu; the oldest first
}

// Add appends a sample, and removes the oldest if there are too many.
func (h *History) Add(s Sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	keep := h.Keep
	if keep <= 0 {
		keep = 360
	}
	if over := len(h.samples) + 1 - keep; over > 0 {
		h.samples = append(h.samples[:0], h.samples[over:]...)
	}
	h.samples = append(h.samples, s)
}

// Samples returns a copy, the oldest first.
func (h *History) Samples() []Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Sample{}, h.samples...)
}
