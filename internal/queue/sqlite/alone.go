package sqlite

import (
	"context"
	"database/sql"
	"time"

	"cleaner/internal/queue"
)

// This file lends alone what may have been under way at a death, with its place
// written down before, and sets aside the ID at which the process dies again; why
// is told in package queue.

// poisonReason says what a person has to know about such a dead letter.
const poisonReason = "the process died twice while it was deleting this task, the second time with no other under way: " +
	"whether the task is deleted is not known; find out why it died, then requeue or drop it"

// isSuspect reports whether l may have been under way when the process died.
func (d *desk) isSuspect(l loan) bool {
	return d.died && (l.out || !l.tried && l.Seq <= d.suspect)
}

// suspects reports whether there may be fresh suspects that have not been lent.
func (d *desk) suspects() bool {
	return d.died && (d.cursor < d.suspect || len(d.fresh) > 0 && d.fresh[0].Seq <= d.suspect)
}

// lendAlone lends l, and nothing else until it is settled.
func (l *Ledger) lendAlone(ctx context.Context, only loan) ([]queue.Delivery, error) {
	m := l.working()
	m.alone = only.Seq
	if err := l.writeMark(ctx, m); err != nil {
		return nil, err
	}
	only.Alone = true
	return []queue.Delivery{l.desk.lend(only)}, nil
}

// setAside makes a dead letter of the ID that was tried alone when the process
// died, if it is still pending.
func (l *Ledger) setAside(ctx context.Context) error {
	seq := l.mark.alone
	if seq == 0 {
		return nil
	}
	only, err := l.store.pendingAt(ctx, seq)
	if err != nil {
		return err
	}
	m := l.mark
	m.alone = 0
	p := &plan{wake: never, mark: &m}
	for _, l := range only {
		p.add(l, queue.Outcome{
			Delivery: l.Delivery, State: queue.Dead, Attempts: l.Attempts, FirstAt: l.FirstAt, At: time.Now(),
			Lost: true, Reason: poisonReason, Code: queue.PoisonCode,
		}, time.Now())
	}
	if err := l.carryOut(ctx, p); err != nil {
		return err
	}
	l.mark = m
	return nil
}

// pendingAt returns the ID at seq with its history, or none if it is settled.
func (s *store) pendingAt(ctx context.Context, seq int64) ([]loan, error) {
	const query = `SELECT id, attempt.seq IS NOT NULL, ifnull(attempts, 0), first_at
		FROM task LEFT JOIN attempt USING (seq) WHERE task.seq = ? AND state IN (0, 5)`
	var ls []loan
	err := s.each(ctx, query, []any{seq}, func(scan scan) error {
		l := loan{Delivery: queue.Delivery{Seq: seq, Lost: true}}
		var first sql.NullInt64
		err := scan((*storedID)(&l.ID), &l.tried, &l.Attempts, &first)
		l.FirstAt = fromNullMillis(first)
		ls = append(ls, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ls, s.nameBatches(ctx, ls)
}
