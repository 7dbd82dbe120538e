package main

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue/sqlite"
)

// breakerNote says in words what an open breaker waits for.
func breakerNote(b policy.BreakerState) string {
	return fmt.Sprintf("the far side is down since %s (%s): %d probes failed, the next at %s",
		clockOf(b.Since), b.Why, b.Probes, clockOf(b.Next))
}

// noteBreaker tells the log, and through the ledger another shell, that the far
// side is down, or up again.
func (p *pass) noteBreaker(ctx context.Context, q *sqlite.Ledger, b policy.BreakerState) {
	if b.Open {
		p.log.Warn("circuit breaker open: no ID is sent but one probe at a time, and none spends an attempt",
			zap.Time("since", b.Since), zap.String("why", b.Why), zap.Int("probes", b.Probes), zap.Time("next", b.Next))
	} else {
		p.log.Info("circuit breaker closed: the far side is up again")
	}
	p.holdup.set(b)
	p.noteHoldup(ctx, q)
}
