package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// watch is what the whole pool learns from its answers: whom they blame, whether
// the far side answers at all, and how the settled IDs fared. It also keeps the
// gate, at which requests wait while the far side is down.
type watch struct {
	mu      sync.Mutex // guards what follows
	blame   policy.Blame
	breaker policy.Breaker
	shares  policy.Shares
	moved   chan struct{} // closed when those at the gate should ask again

	changed func(policy.BreakerState) // may be nil
	telling sync.Mutex                // guards told, and lets one call of changed happen at a time
	told    policy.BreakerState
}

func newWatch(o Options) *watch {
	return &watch{
		blame:   policy.Blame{Patience: o.Retry.Deadline},
		breaker: policy.Breaker{Retry: o.Retry},
		shares:  o.Shares,
		moved:   make(chan struct{}),
		changed: o.BreakerChanged,
	}
}

// finding is what follows from one answer besides its ruling.
type finding struct {
	spend bool      // the ID pays with an attempt
	from  time.Time // no deadline counts from before this
	stop  *Stop     // nil when the pass goes on
}

// note takes the answer to the last request of an ID into account.
func (w *watch) note(e exchange, seq int64, seen policy.Seen, now time.Time) finding {
	w.mu.Lock()
	blamed := w.blame.Note(e.ruling, e.answer, seen, now)
	out := w.breaker.Note(e.ruling, e.answer, policy.Asked{Seq: seq, Ticket: e.ticket, Seen: seen}, now)
	f := finding{
		spend: !out.Spare && (e.ruling.Verdict == policy.Again || blamed.Spend),
		from:  w.breaker.DeadlineFrom(now),
		stop:  stopFor(blamed, out),
	}
	if out.Changed || e.ticket != 0 {
		w.wakeAll()
	}
	w.mu.Unlock()
	if out.Changed {
		w.announce()
	}
	return f
}

// stopFor is the stop that an answer leads to; nil when it leads to none.
func stopFor(blamed policy.Finding, out policy.Outage) *Stop {
	switch {
	case blamed.Throttled:
		return &Stop{Kind: StopThrottle, Why: blamed.Why}
	case blamed.Stop:
		return &Stop{Kind: StopCredentials, Why: blamed.Why}
	case out.Stop:
		return &Stop{Kind: StopUnreachable, Why: out.Why}
	default:
		return nil
	}
}

// concluded takes into account how an ID ended for which requests were sent, and
// returns the stop that it leads to; nil when it leads to none.
func (w *watch) concluded(o queue.Outcome, end policy.End) *Stop {
	if end == policy.EndNone {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breaker.Forget(o.Delivery.Seq)
	over := w.shares.Note(end, o.Attempts, o.Lost)
	switch {
	case over.Failed:
		return &Stop{Kind: StopFailedShare, Why: over.Why}
	case over.NotFound:
		return &Stop{Kind: StopNotFoundShare, Why: over.Why}
	default:
		return nil
	}
}

// admit returns when a request may leave as far as the far side is concerned,
// with the ticket it leaves with; held, the one it has already, will do as long
// as it is good. The error is that of ctx.
func (w *watch) admit(ctx context.Context, held policy.Ticket) (policy.Ticket, error) {
	for {
		if err := ctx.Err(); err != nil {
			return held, fmt.Errorf("wait for the far side: %w", err)
		}
		w.mu.Lock()
		if w.breaker.Holds(held) {
			w.mu.Unlock()
			return held, nil
		}
		t, at, ok := w.breaker.Admit(time.Now())
		moved := w.moved
		w.mu.Unlock()
		if ok {
			return t, nil
		}
		waitFor(ctx, moved, at)
	}
}

// waitFor returns at the moment at, unless that is zero; earlier when moved is
// closed or ctx ends.
func waitFor(ctx context.Context, moved <-chan struct{}, at time.Time) {
	var due <-chan time.Time
	if !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case <-moved:
	case <-ctx.Done():
	}
}

// holds reports whether a request with this ticket may leave now.
func (w *watch) holds(t policy.Ticket) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.breaker.Holds(t)
}

// giveBack leaves a probe that was not sent to another.
func (w *watch) giveBack(t policy.Ticket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.breaker.GiveBack(t) {
		w.wakeAll()
	}
}

// wakeAll lets those at the gate ask again. The caller holds the lock.
func (w *watch) wakeAll() {
	close(w.moved)
	w.moved = make(chan struct{})
}

func (w *watch) state() policy.BreakerState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.breaker.State()
}

// announce tells the state of the breaker as it is now, unless it was told
// already: so what is told last is what holds, whoever comes first.
func (w *watch) announce() {
	if w.changed == nil {
		return
	}
	w.telling.Lock()
	defer w.telling.Unlock()
	if s := w.state(); s != w.told {
		w.told = s
		w.changed(s)
	}
}
