package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// This file lends alone what may have been under way at a death, with its place
// written down before, and sets aside the ID at which the process dies again and
// again; package queue says why.

// poisonReason says what a person has to know about such a dead letter.
const poisonReason = "the process died twice while it was deleting this task and no other: " +
	"whether the task is deleted is not known; find out why it died, then requeue or drop it"

// doubt is what the process before this one left in doubt.
type doubt struct {
	// fresh is how far it had lent when it ended without settling: fresh IDs up to
	// here may have been sent by it.
	fresh int64
	// died says that it ended by dying: then what may have killed it is among these
	// fresh IDs and the waiting ones, and they are lent one at a time.
	died    bool
	waiting []lease // that were lent when it died and have not been since
	held    bool    // there may be others, in held batches
}

// freshSuspect returns the first fresh ID if it may have been under way when the
// process died; a suspect is never behind one that is none.
func (d *leases) freshSuspect() (lease, bool) {
	if !d.doubt.died || len(d.fresh) == 0 || d.fresh[0].Seq > d.doubt.fresh {
		return lease{}, false
	}
	return d.fresh[0], true
}

// waitingSuspect returns the waiting suspect that is due the longest.
func (d *leases) waitingSuspect(now int64) (lease, bool) {
	if len(d.doubt.waiting) == 0 {
		return lease{}, false
	}
	first := slices.MinFunc(d.doubt.waiting, func(a, b lease) int { return cmp.Compare(a.due, b.due) })
	return first, first.due <= now
}

// suspects reports whether there may be suspects that have not been lent.
func (d *leases) suspects() bool {
	_, fresh := d.freshSuspect()
	return d.doubt.died && (fresh || d.cursor < d.doubt.fresh || len(d.doubt.waiting) > 0)
}

// recallSuspects reads which waiting IDs were lent when the process died.
func (l *lender) recallSuspects(ctx context.Context) error {
	if !l.leases.doubt.died {
		return nil
	}
	out, err := l.tasks.waiters(ctx, selectLentOut)
	if err != nil {
		return err
	}
	l.leases.doubt.waiting = slices.DeleteFunc(out, func(w lease) bool {
		_, lent := l.leases.held[w.Seq]
		return lent
	})
	l.leases.passOver(&l.holds)
	return nil
}

// lendAlone lends l, and nothing else until it is settled.
func (l *lender) lendAlone(ctx context.Context, only lease) ([]queue.Delivery, error) {
	m := l.working()
	m.alone = only.Seq
	if err := l.writeMark(ctx, m); err != nil {
		return nil, err
	}
	l.leases.forget([]int64{only.Seq})
	only.Alone = true
	return []queue.Delivery{l.leases.lend(only)}, nil
}

// deathsOfPoison is how often the process must have died at an ID that it tried
// alone before that is set aside.
const deathsOfPoison = 2

// accuse takes into account that the process died while it tried an ID alone.
func (l *lending) accuse(ctx context.Context) error {
	m := l.checkpoint
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

// SetAside implements queue.Lender.
func (p *pass) SetAside(ctx context.Context) (aside []queue.Outcome, err error) {
	err = p.locked(ctx, func(l *lender) error {
		aside, err = l.setAside(ctx, p, time.Now())
		return err
	})
	return aside, err
}

// setAside makes a dead letter of the accused, if the process has died at it often
// enough and it is still pending. It counts for the pass by.
func (l *lender) setAside(ctx context.Context, by *pass, now time.Time) (aside []queue.Outcome, err error) {
	if l.checkpoint.deaths < deathsOfPoison {
		return nil, nil
	}
	found, err := l.tasks.pendingAt(ctx, l.checkpoint.accused)
	if err != nil {
		return nil, err
	}
	m := l.checkpoint
	m.accused, m.deaths = 0, 0
	p := &plan{pass: by.id, wake: asleep(), checkpoint: &m}
	for _, f := range found {
		o := queue.Outcome{
			Delivery: f.Delivery, State: queue.Dead, Attempts: f.Attempts, FirstAt: f.FirstAt, At: now,
			Lost: true, Reason: poisonReason, Code: queue.PoisonCode,
		}
		p.add(f, o)
		aside = append(aside, o)
	}
	p.floor(by.began)
	if err := carryOut(ctx, l.store, p); err != nil {
		return nil, err
	}
	l.checkpoint = m
	l.leases.forget(p.ended)
	return aside, nil
}

// pendingAt returns the ID at seq with its history, or none if it is settled.
func (t *tasks) pendingAt(ctx context.Context, seq int64) ([]lease, error) {
	const query = `SELECT id, attempt.seq IS NOT NULL, ifnull(attempts, 0), first_at
		FROM task LEFT JOIN attempt USING (seq) WHERE task.seq = ? AND ` + isPending
	var ls []lease
	err := t.each(ctx, query, []any{seq}, func(scan scan) error {
		l := lease{Delivery: queue.Delivery{Seq: seq, Lost: true}}
		var first sql.NullInt64
		err := scan((*storedID)(&l.ID), &l.tried, &l.Attempts, &first)
		l.FirstAt = fromNullMillis(first)
		ls = append(ls, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ls, t.nameBatches(ctx, ls)
}
