package policy

import (
	"math"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Retry says when a task is tried again and when it is given up. It draws no
// random number and reads no clock: both are handed to it. The zero value gives
// up at the first failure and never waits.
type Retry struct {
	// Attempts is how many attempts an ID has; below 1 counts as 1.
	Attempts int
	// Initial is the upper bound of the first wait; it doubles with each attempt
	// up to Max.
	Initial, Max time.Duration
	// Deadline is how long after its first attempt an ID is still tried, and the
	// longest wait that the service may ask for; 0 is no deadline.
	Deadline time.Duration
	// Running is what to do about a task that is running.
	Running Running
}

// doublings is after how many attempts any ceiling has reached its Max:
// 2^63 ns is the longest duration there is.
const doublings = 64

// Ceiling is the upper bound of the wait after that many attempts: Initial
// after the first, then twice the one before, never above Max.
//
// The schedule is backoff's. Its randomisation is off because it comes after
// the cap and so goes over it, and so is its end after 15 minutes, which would
// make dead letters out of a long outage.
func (r Retry) Ceiling(attempt int) time.Duration {
	b := backoff.ExponentialBackOff{
		InitialInterval: r.Initial,
		Multiplier:      2,
		MaxInterval:     r.Max,
		MaxElapsedTime:  0, // never
		Clock:           backoff.SystemClock,
	}
	b.Reset()
	ceiling := b.NextBackOff()
	for range min(max(attempt, 1), doublings) - 1 {
		ceiling = b.NextBackOff()
	}
	return min(ceiling, r.Max) // the first is not capped by backoff
}

// Delay is the wait after that many attempts: full jitter, anywhere above 0 and
// up to the ceiling, so that two instances that failed together do not come
// back together; but never less than floor, the wait the service asked for.
// jitter is a random number in [0,1); what is outside counts as the nearest
// inside.
func (r Retry) Delay(attempt int, jitter float64, floor time.Duration) time.Duration {
	return max(spread(r.Ceiling(attempt), jitter), floor)
}

// spread places a wait in (0, ceiling].
func spread(ceiling time.Duration, jitter float64) time.Duration {
	if !(jitter > 0) { // NaN too
		jitter = 0
	}
	jitter = min(jitter, math.Nextafter(1, 0))
	return max(ceiling-time.Duration(jitter*float64(ceiling)), 1)
}

// Floor is the wait that the service asked for, by Retry-After or by the
// throttle window that it named, whichever is longer; never negative. It is
// absurd when longer than the deadline: the run must then stop and leave
// everything pending rather than hang until tomorrow.
func (r Retry) Floor(a Answer) (wait time.Duration, absurd bool) {
	wait = max(a.RetryAfter, a.Window, 0)
	return wait, r.Deadline > 0 && wait > r.Deadline
}
