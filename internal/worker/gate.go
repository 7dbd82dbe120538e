package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/policy"
)

// gate is where requests wait while the far side is down. It shares one
// policy.Breaker among all workers.
type gate struct {
	mu      sync.Mutex // guards breaker and moved
	breaker policy.Breaker
	moved   signal // sent when those at the gate should ask again

	observers observers
	observing sync.Mutex // guards observed, and lets one call of the observers happen at a time
	observed  policy.BreakerState
}

func newGate(o Options) *gate {
	return &gate{breaker: policy.Breaker{Retry: o.Retry}, moved: newSignal(), observers: o.Observers}
}

// note takes the answer to a request into account. from is the earliest moment from
// which the deadline of an ID counts.
func (g *gate) note(e exchange, asked policy.Asked, now time.Time) (out policy.Outage, from time.Time) {
	g.mu.Lock()
	out = g.breaker.Note(e.ruling, e.answer, asked, now)
	from = g.breaker.DeadlineFrom(now)
	if out.Changed || asked.Ticket != 0 {
		g.moved.broadcast()
	}
	g.mu.Unlock()
	if out.Changed {
		g.observe()
	}
	return out, from
}

// forget drops what is remembered of an ID that is settled.
func (g *gate) forget(seq int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.breaker.Forget(seq)
}

// admit returns when a request may be sent as far as the breaker is concerned, with
// the ticket for it: held, the one it has already, as long as that is good, or a new
// one. The error is that of ctx.
func (g *gate) admit(ctx context.Context, held policy.Ticket) (policy.Ticket, error) {
	for {
		if err := ctx.Err(); err != nil {
			return held, fmt.Errorf("wait for the far side: %w", err)
		}
		g.mu.Lock()
		if g.breaker.Holds(held) {
			g.mu.Unlock()
			return held, nil
		}
		t, at, ok := g.breaker.Admit(time.Now())
		moved := g.moved.sent
		g.mu.Unlock()
		if ok {
			return t, nil
		}
		waitFor(ctx, moved, at)
	}
}

// holds reports whether a request with this ticket may be sent now.
func (g *gate) holds(t policy.Ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.breaker.Holds(t)
}

// giveBack leaves a probe that was not sent to another request.
func (g *gate) giveBack(t policy.Ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.breaker.GiveBack(t) {
		g.moved.broadcast()
	}
}

// state returns the breaker's state.
func (g *gate) state() policy.BreakerState {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.breaker.State()
}

// observe calls the observers with the state as it is now, unless they have it already:
// so the last state they get is the one that holds, whoever comes first.
func (g *gate) observe() {
	g.observing.Lock()
	defer g.observing.Unlock()
	if s := g.state(); s != g.observed {
		g.observed = s
		g.observers.breaker(s)
	}
}
