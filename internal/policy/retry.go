package policy

import (
	"math"
	"time"

	"github.com/cenkalti/backoff/v4"

	"cleaner/internal/answer"
)

// Retry decides when a task is tried again and when it is given up. It draws no random
// number and reads no clock: its caller passes both. The zero value gives up at the first
// failure and never waits.
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
// The schedule is that of package backoff. Its randomisation is off, because it comes
// after the cap and so exceeds it. Its end after 15 minutes is off too, because it would
// make dead letters of a long outage.
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

// Delay is the wait after that many attempts. It has full jitter, anywhere above 0 and up
// to the ceiling, so that two instances that failed together do not retry together; but it
// is never less than floor, the wait the service asked for. jitter is a random number in
// [0,1); one outside counts as the nearest inside.
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

// absurdWait is longer than any wait that a service can mean.
const absurdWait = 24 * time.Hour

// Floor is the wait that the service asked for: Retry-After, or else the throttle window
// that it named; never negative. It is long when it is more than a day or longer than the
// deadline: then the run must stop and leave everything pending rather than hang.
func (r Retry) Floor(a answer.Answer) (wait time.Duration, long bool) {
	if wait = a.RetryAfter; wait <= 0 {
		wait = max(a.Window, 0)
	}
	return wait, wait > absurdWait || r.Deadline > 0 && wait > r.Deadline
}
