package worker

import (
	"sync"
	"time"

	"cleaner/internal/policy"
)

// Random choices among deletions and IDs: one in so many, and of confirmed deletions at
// least one in so long.
const (
	spotShare = 100
	spotEvery = time.Minute
)

// chooser chooses, at random, which tasks are looked at.
type chooser struct {
	random func() float64

	mu     sync.Mutex // guards spotAt
	spotAt time.Time  // when a confirmed deletion was chosen last
}

// spot reports whether a confirmed deletion is to be looked at, and whether it was
// chosen at random.
func (c *chooser) spot(now time.Time) (chosen, random bool) {
	random = c.random() < 1.0/spotShare
	c.mu.Lock()
	defer c.mu.Unlock()
	if !random && now.Sub(c.spotAt) < spotEvery {
		return false, false
	}
	c.spotAt = now
	return true, random
}

// sample reports whether an ID is to be looked at before its DELETE because the answer
// to that cannot tell whether the task was there.
func (c *chooser) sample(known policy.Learned) bool {
	return known.KnowsLook() && known.Delete.IsZero() && c.random() < 1.0/spotShare
}
