package sim

import (
	"fmt"
	"sync"
	"time"
)

// limiter counts calls in windows that follow one another.
type limiter struct {
	Throttle
	mu    sync.Mutex
	begun time.Time // when the current window began; zero before the first call
	used  int       // how many calls it has admitted
}

// admit counts a call that comes at now. When the window is full it refuses,
// and wait is the time until the window's end.
func (l *limiter) admit(now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begun.IsZero() || now.Sub(l.begun) >= l.Window {
		l.begun, l.used = now, 0
	}
	if l.used >= l.Limit {
		return l.begun.Add(l.Window).Sub(now), false
	}
	l.used++
	return 0, true
}

// text is the gateway's message; its wording is known from public reports.
func (l *limiter) text() string {
	n, unit := int(l.Window/time.Second), "second"
	if n%60 == 0 {
		n, unit = n/60, "minute"
	}
	return fmt.Sprintf("The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:%d %s",
		l.Limit, n, unit)
}
