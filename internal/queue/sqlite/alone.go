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

// waitingSuspects reports whether a waiting ID was lent when a process died.
func (s *store) waitingSuspects(ctx context.Context) (found bool, err error) {
	err = s.one(ctx, `SELECT EXISTS (SELECT 1 FROM attempt WHERE lost = 2 AND due IS NOT NULL)`, nil, &found)
	return found, err
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
	m.deaths++
	return l.writeMark(ctx, m)
}

// SetAside implements queue.Queue.
func (l *Ledger) SetAside(ctx context.Context) (aside []queue.Outcome, err error) {
	err = l.locked(ctx, func() error {
		aside, err = l.setAside(ctx)
		return err
	})
	return aside, err
}

// setAside makes a dead letter of the accused, if the process has died at it often
// enough and it is still pending.
func (l *Ledger) setAside(ctx context.Context) (aside []queue.Outcome, err error) {
	if l.mark.deaths < deathsOfPoison {
		return nil, nil
	}
	found, err := l.store.pendingAt(ctx, l.mark.accused)
	if err != nil {
		return nil, err
	}
	m := l.mark
	m.accused, m.deaths = 0, 0
	p := &plan{wake: never, mark: &m}
	for _, f := range found {
		o := queue.Outcome{
			Delivery: f.Delivery, State: queue.Dead, Attempts: f.Attempts, FirstAt: f.FirstAt, At: time.Now(),
			Lost: true, Reason: poisonReason, Code: queue.PoisonCode,
		}
		p.add(f, o, o.At)
		aside = append(aside, o)
	}
	p.floor(l.since)
	if err := l.carryOut(ctx, p); err != nil {
		return nil, err
	}
	l.mark = m
	l.desk.forget(p.ended)
	return aside, nil
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
