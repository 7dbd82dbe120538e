package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"cleaner/internal/quota"
)

// limiter keeps the limits of a Throttle.
type limiter struct {
	Throttle
	start time.Time
	mu    sync.Mutex // guards what follows
	gate  *quota.Gate

	refused int // how many forms it has used up
}

// newLimiter returns the limiter of t; nil when that limits nothing.
func newLimiter(t Throttle, now time.Time, seed uint64) *limiter {
	limits := slices.Clone(t.Limits)
	if t.Limit > 0 {
		if t.Window == 0 {
			t.Window = time.Minute
		}
		limits = append(limits, quota.Limit{Kind: quota.Fixed, N: t.Limit, Window: t.Window})
	}
	if len(limits)+len(t.Script) == 0 {
		return nil
	}
	l := &limiter{Throttle: t, start: now, gate: quota.NewGate(limits, t.Script...)}
	if t.Rival > 0 {
		l.gate.Compete(t.Rival, seed)
	}
	return l
}

// admit answers a call that comes at now. An admitted call must leave.
func (l *limiter) admit(now time.Time) quota.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gate.Admit(now.Sub(l.start))
}

// leave notes that an admitted call is answered.
func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gate.Leave()
}

// text is the gateway's message; its wording is known from public reports.
func text(of quota.Limit) string {
	n, unit := int(of.Window/time.Second), "second"
	if n%60 == 0 {
		n, unit = n/60, "minute"
	}
	return fmt.Sprintf("The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:%d %s", of.N, n, unit)
}

// tell adds to a header how many calls are left, when the limit is to be told.
func (l *limiter) tell(h http.Header, a quota.Answer) {
	if l.Tell && a.Limit.Window > 0 {
		h.Set("Ratelimit-Limit", strconv.Itoa(a.Limit.N))
		h.Set("Ratelimit-Remaining", strconv.Itoa(max(a.Left, 0)))
		h.Set("Ratelimit-Reset", whole(a.Reset, time.Second))
	}
}
