package sqlite

import (
	"context"
	"database/sql"
	"time"

	"cleaner/internal/queue"
)

// This file lends alone what may have been under way at a death, with its place
// written down before, and sets aside the ID at which the process dies again and
// again; why is told in package queue.

// poisonReason says what a person has to know about such a dead letter.
const poisonReason = "the process died twice while it was deleting this task and no other: " +
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

// deathsOfPoison is how often the process must have died at an ID that it tried
// alone before that is set aside.
const deathsOfPoison = 2

// accuse takes into account that the process died while it tried an ID alone.
func (l *Ledger) accuse(ctx context.Context) error {
	m := l.mark
	if m.alone == 0 {
		return nil
	}
	if m.accused != m.alone {
		m.accused, m.deaths = m.alone, 0
	}
	m.alone = 0
	if m.deaths++; m.deaths < deathsOfPoison {
		return l.writeMark(ctx, m)
	}
	seq := m.accused
	m.accused, m.deaths = 0, 0
	return l.setAside(ctx, seq, m)
}

// setAside makes a dead letter of the ID at seq, if it is still pending, and m the
// ledger's mark.
func (l *Ledger) setAside(ctx context.Context, seq int64, m mark) error {
	found, err := l.store.pendingAt(ctx, seq)
	if err != nil {
		return err
	}
	p := &plan{wake: never, mark: &m}
	for _, f := range found {
		o := queue.Outcome{
			Delivery: f.Delivery, State: queue.Dead, Attempts: f.Attempts, FirstAt: f.FirstAt, At: time.Now(),
			Lost: true, Reason: poisonReason, Code: queue.PoisonCode,
		}
		p.add(f, o, o.At)
		l.aside = append(l.aside, o)
	}
	if err := l.carryOut(ctx, p); err != nil {
		return err
	}
	l.mark = m
	return nil
}

// Aside returns what became a dead letter when the ledger was opened: the ID at
// which the process had died twice, if there was one.
func (l *Ledger) Aside() []queue.Outcome { return l.aside }

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
