package main

import (
	"context"
	"errors"
	"fmt"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// This file is how dead letters are requeued in a server: during a pass through the
// ledger that it holds, between two passes through one of their own.

// errHeld says that dead letters cannot be requeued now.
var errHeld = errors.New("a pass is beginning or ending, or others are being requeued: try again in a moment")

// admitRequeues lets dead letters be requeued. What the ledger held before the pass
// must have been counted: what comes in from now on is counted beside that.
func (p *pass) admitRequeues(q *sqlite.Ledger) {
	p.requeuing.Lock()
	defer p.requeuing.Unlock()
	p.ledger = q
}

// endRequeues lets no more be requeued, and returns how many were.
func (p *pass) endRequeues() int64 {
	p.requeuing.Lock()
	defer p.requeuing.Unlock()
	p.ledger = nil
	return p.requeued.Load()
}

// setOut returns how many IDs the pass sets out to settle, those requeued since it
// began among them.
func (p *pass) setOut() int64 {
	p.requeuing.Lock()
	defer p.requeuing.Unlock()
	p.total.Store(p.report.Loaded + p.requeued.Load())
	return p.total.Load()
}

// requeue makes dead letters pending again while the pass is under way. For the
// report they have come in anew: one that died in this pass counts as dead too.
func (p *pass) requeue(ctx context.Context, f queue.Filter) (int64, error) {
	p.requeuing.Lock()
	defer p.requeuing.Unlock()
	if p.ledger == nil {
		return 0, errHeld
	}
	if err := p.withinCap(ctx, f); err != nil {
		return 0, err
	}
	n, err := p.ledger.Requeue(ctx, f)
	p.requeued.Add(n)
	p.total.Add(n)
	return n, err
}

// withinCap refuses a requeue with which the pass might delete more than the cap
// allows: the cap was asked, or will be, before they came. What is pending is
// counted first, lest one that dies meanwhile be missed; what of it a rule protects
// counts too.
func (p *pass) withinCap(ctx context.Context, f queue.Filter) error {
	limit := policy.Cap{Max: p.cfg.Safety.MaxDeletes}
	now, err := p.ledger.Counts(ctx)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, err := range p.ledger.Dead(ctx, f) {
		if err != nil {
			return err
		}
		n++
	}
	deleted := now.Deleted - p.before.Deleted
	if n == 0 || limit.Admit(deleted+now.Pending+n) == nil {
		return nil
	}
	return fmt.Errorf("requeue %d dead letters: the pass under way has deleted %d, and %d are pending, so with them it might go over "+
		"safety.max_deletes (%d): wait for its end, or choose fewer", n, deleted, now.Pending, limit.Max)
}

// Requeue makes dead letters pending again, between two passes or during one.
func (c control) Requeue(ctx context.Context, code, batch string) (int64, error) {
	f := queue.Filter{Code: code, Batch: batch}
	if c.holding.TryLock() {
		defer c.holding.Unlock()
		return c.requeueBetween(ctx, f)
	}
	c.mu.Lock()
	l := c.live
	c.mu.Unlock()
	if l == nil {
		return 0, errHeld
	}
	return l.requeue(ctx, f)
}

// requeueBetween requeues while no pass holds the ledger. What a death owes to a
// results file is written first: the requeue forgets it.
func (s *server) requeueBetween(ctx context.Context, f queue.Filter) (n int64, err error) {
	q, err := openLedger(ctx, s.config(), sqlite.Options{Command: "requeue"})
	if err != nil {
		return 0, err
	}
	if err = completeResults(ctx, q, s.log); err == nil {
		n, err = q.Requeue(ctx, f)
	}
	return n, errors.Join(err, q.Close())
}
