package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/worker"
)

// lookEvery is how often the pass looks whether what holds it up has changed. A
// pause that is shorter is not told.
const lookEvery = time.Second

// runningAlone is how long only running tasks must have been answered before the
// pass is said to wait for them.
const runningAlone = 5 * time.Second

// holdup is what holds a pass up: the far side is down, no login succeeds, the
// service asked for a pause, or what is left is running. The log, status and the
// status page have it from here. The zero value is held up by nothing.
type holdup struct {
	mu      sync.Mutex // guards what follows
	breaker policy.BreakerState
	login   failedLogins
	running bool      // the last answer was that a task is running
	other   time.Time // when the last answer came that said something else

	noting sync.Mutex // guards noted; who holds it writes the note
	noted  string     // what the ledger says
}

// failedLogins are those since the last request that the service took.
type failedLogins struct {
	since, last time.Time // when the first and the last of them failed; zero when none did
	count       int
	next        time.Time // when the next may be sent
	why         string
}

// sameWait is how far apart the ends of two waits may be told for one failed login:
// all who waited for it are told in their turn.
const sameWait = 250 * time.Millisecond

// asked takes what came of asking for a credential into account, and reports
// whether this is the first word of another login that failed.
func (h *holdup) asked(a policy.Answer, now time.Time) (failed bool) {
	if a.Fault != policy.FaultLogin && a.Fault != policy.FaultRefused {
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
// rejects it.
func (h *holdup) answered(e worker.Exchange, now time.Time) {
	if e.Fault != policy.FaultNone {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Ruling.Verdict != policy.Auth && e.At.After(h.login.last) {
		h.login = failedLogins{next: h.login.next}
	}
	h.running = e.Ruling.IsRunning(policy.Answer{Fault: e.Fault})
	if !h.running {
		h.other = now
	}
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
			clockOf(l.since), l.why, l.count, clockOf(l.next))
	}
	if !until.IsZero() {
		return "the service asked for a pause until " + clockOf(until)
	}
	return ""
}

// waits says that what is left waits for running tasks; empty when it does not.
// began is when the pass began.
func (h *holdup) waits(began, now time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	since := h.other
	if since.IsZero() {
		since = began
	}
	if !h.running || now.Sub(since) < runningAlone {
		return ""
	}
	return fmt.Sprintf("all tasks asked for since %s are running, and are asked for again until retry.deadline", clockOf(since))
}

// words says what holds the pass up, the weightiest reason alone; empty when
// nothing does.
func (h *holdup) words(began, until, now time.Time) string {
	h.mu.Lock()
	b := h.breaker
	h.mu.Unlock()
	if b.Open {
		return breakerNote(b)
	}
	if until.Sub(now) < lookEvery {
		until = time.Time{}
	}
	if why := h.paused(until); why != "" {
		return why
	}
	return h.waits(began, now)
}

// clockOf writes a moment for people in every time zone.
func clockOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// noteHoldup tells another shell, through the ledger, what holds the pass up, when
// that has changed.
func (p *pass) noteHoldup(ctx context.Context, q *sqlite.Ledger) {
	h := &p.holdup
	h.noting.Lock()
	defer h.noting.Unlock()
	words := h.words(p.report.StartedAt, p.pausedUntil(), time.Now())
	if words == h.noted {
		return
	}
	h.noted = words
	if err := q.Note(ctx, words); err != nil {
		p.log.Warn("what holds the pass up is not shown by status", zap.Error(err))
	}
}

// pausedUntil is when the pause of the pace ends; zero when there is none.
func (p *pass) pausedUntil() time.Time {
	if pace := p.pacing.Load(); pace != nil {
		return pace.Paused()
	}
	return time.Time{}
}

// watchHoldups has the answers of the service and what comes of its logins told to
// the holdup of the pass.
func (p *pass) watchHoldups(o *worker.Options) {
	measured := o.Observe
	o.Observe = func(e worker.Exchange) {
		p.holdup.answered(e, time.Now())
		if measured != nil {
			measured(e)
		}
	}
	o.Service = askedFor{o.Service, func(a policy.Answer) {
		if p.holdup.asked(a, time.Now()) {
			p.log.Warn("no credential: nothing is sent until a login succeeds, and no ID spends an attempt",
				zap.String("why", a.Message), zap.Duration("wait", a.RetryAfter))
		}
	}}
}

// askedFor is a service that tells what came of asking it for a credential.
type askedFor struct {
	worker.Service
	told func(policy.Answer)
}

// Ready asks for a credential to send with.
func (s askedFor) Ready(ctx context.Context) policy.Answer {
	a := s.Service.Ready(ctx)
	s.told(a)
	return a
}

// Renew asks for another credential.
func (s askedFor) Renew(ctx context.Context, credential uint64) policy.Answer {
	a := s.Service.Renew(ctx, credential)
	s.told(a)
	return a
}
