package pass

import (
	"fmt"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// lookEvery is how often the pass looks whether what holds it up has changed. A
// pause that is shorter is not shown.
const lookEvery = time.Second

// runningAlone is how long only running tasks must have been answered before the
// pass is said to wait for them.
const runningAlone = 5 * time.Second

// holdup is what holds a pass up: the far side is down, no login succeeds, the
// service asked for a pause, or what is left is running. The log, status and the
// status page have it from here. The zero value is held up by nothing.
type holdup struct {
	mu      sync.Mutex // guards what follows
	began   time.Time  // when the pass did
	breaker policy.BreakerState
	login   failedLogins
	failing failures
	running bool      // the last answer was that a task is running
	other   time.Time // when the last answer came that said something else
}

// failedLogins are those since the last request that the service took.
type failedLogins struct {
	since, last time.Time // when the first and the last of them failed; zero when none did
	count       int
	next        time.Time // when the next may be sent
	why         string
}

// failures are the requests that failed one after the other, looks among them. The breaker
// counts no looks, and before the first DELETE of a pass there is nothing else.
type failures struct {
	since time.Time // when the first was answered, or was not
	count int
	why   string
	told  bool
}

// A pass is said to fail after so many requests, and so long.
const (
	failedEnough = 3
	failedFor    = 5 * time.Second
)

// sameWait is how far apart the ends of two waits may be reported for one failed login:
// all who waited for it hear of it in their turn.
const sameWait = 250 * time.Millisecond

// asked takes what came of asking for a credential into account, and reports
// whether this is the first word of another login that failed.
func (h *holdup) asked(a answer.Answer, now time.Time) (failed bool) {
	if a.Fault != answer.FaultLogin && a.Fault != answer.FaultRefused {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &h.login
	if l.last = now; l.since.IsZero() {
		l.since = now
	}
	l.why = a.Message
	next := now.Add(max(a.RetryAfter, lookEvery))
	if next.Sub(l.next) < sameWait {
		return false
	}
	l.next = next
	l.count++
	return true
}

// answered takes an answer of the service into account. One to a request that left
// after the last failed login says that there is a credential again, unless it
// rejects it. It reports whether this is the first word of a far side that fails.
func (h *holdup) answered(e worker.Exchange, now time.Time) (failing bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	failing = h.failed(e, now)
	if e.Fault != answer.FaultNone {
		return failing
	}
	if e.Ruling.Verdict != policy.Auth && e.At.After(h.login.last) {
		h.login = failedLogins{next: h.login.next}
	}
	h.running = e.Running || e.Ruling.IsRunning(answer.Answer{Fault: e.Fault})
	if !h.running {
		h.other = now
	}
	return failing
}

// failed counts requests that failed one after the other, and reports whether they have
// just become enough to tell. The caller holds the lock.
func (h *holdup) failed(e worker.Exchange, now time.Time) bool {
	f := &h.failing
	switch {
	case e.Fault.Own() || e.Fault == answer.FaultLogin || e.Fault == answer.FaultRefused:
		return false // of these others tell
	case e.Fault == answer.FaultNone && e.Ruling.Verdict != policy.Again:
		*f = failures{}
		return false
	}
	if f.count++; f.count == 1 {
		f.since = now
	}
	f.why = e.Ruling.Why
	first := f.tells(now) && !f.told && !h.breaker.Open // which is told by itself
	f.told = f.told || first
	return first
}

func (f failures) tells(now time.Time) bool {
	return f.count >= failedEnough && now.Sub(f.since) >= failedFor
}

// fails says that nothing but failures has been answered for a while; empty when that is
// not so.
func (h *holdup) fails(now time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.failing.tells(now) {
		return ""
	}
	return fmt.Sprintf("every request has failed since %s, %d so far (%s)", clock(h.failing.since), h.failing.count, h.failing.why)
}

// begin says when the pass began.
func (h *holdup) begin(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.began = at
}

// set takes another state of the breaker into account.
func (h *holdup) set(b policy.BreakerState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.breaker = b
}

// paused says why nothing is sent for now, the far side's outages left out; empty
// when there is no reason. until is the end of the pace's pause, if there is one:
// while no login succeeds, that is a pause of ours.
func (h *holdup) paused(until time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.login; !l.since.IsZero() {
		return fmt.Sprintf("no login has succeeded since %s (%s): %d failed, the next at %s",
			clock(l.since), l.why, l.count, clock(l.next))
	}
	if !until.IsZero() {
		return "the service asked for a pause until " + clock(until)
	}
	return ""
}

// waits says that what is left waits for running tasks; empty when it does not.
func (h *holdup) waits(now time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	since := h.other
	if since.IsZero() {
		since = h.began
	}
	if !h.running || now.Sub(since) < runningAlone {
		return ""
	}
	return fmt.Sprintf("all tasks asked for since %s are running, and are asked for again until retry.deadline", clock(since))
}

// words says what holds the pass up, the weightiest reason alone; empty when
// nothing does.
func (h *holdup) words(until, now time.Time) string {
	h.mu.Lock()
	b := h.breaker
	h.mu.Unlock()
	if b.Open {
		return breakerWords(b)
	}
	if until.Sub(now) < lookEvery {
		until = time.Time{}
	}
	if why := h.paused(until); why != "" {
		return why
	}
	return h.waits(now)
}

// clock writes a moment for people in every time zone.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// breakerWords says what an open breaker waits for.
func breakerWords(b policy.BreakerState) string {
	return fmt.Sprintf("the far side is down since %s (%s): %d probes failed, the next at %s",
		clock(b.Since), b.Why, b.Probes, clock(b.Next))
}
