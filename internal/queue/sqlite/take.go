package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// readAhead is how many fresh IDs are read at once.
const readAhead = 512

// How many IDs a process may have sent is written down before it sends them, for
// so many times more IDs than were asked for, and again, with what is settled,
// when less than half of that is left. It is what a crash leaves in doubt.
const reserve = 2

// turnsOfWaiting is the share of the room, as one in so many, that IDs that
// waited have while there are fresh ones. It is the retry budget: retries are
// at most a quarter of the first attempts until those are all made.
const turnsOfWaiting = 5

// lender lends IDs to passes, and takes them back.
type lender struct {
	*lending
	tasks   *tasks
	sampler sampler
}

// Take implements queue.Lender. The IDs of one load are lent in the order in
// which it wrote them down, which is not quite the order of the file: see Load.
//
// Before an ID is lent the ledger says that it may have been sent: the fresh ones
// in advance, with what is settled, and one write for each Take of waiting ones.
// Were the process to die, the next delivery of these would say Lost, and each
// would be lent alone; see alone.go.
func (p *pass) Take(ctx context.Context, n int, now time.Time) (ds []queue.Delivery, next time.Time, err error) {
	err = p.locked(ctx, func(l *lender) error {
		if ready, err := l.canLend(ctx, p, n, now); err != nil || !ready {
			return err
		}
		blocked, wake := false, &l.leases.wake
		if r := l.within[p.id]; r != nil {
			wake = &r.wake
			ds, blocked, err = confined{l, r}.lend(ctx, n, now.UnixMilli())
		} else {
			l.leases.room = int64(n)
			ds, blocked, err = l.lend(ctx, n, now.UnixMilli())
		}
		if len(ds) == 0 && !blocked {
			next = wake.next()
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take task IDs: %w", err)
	}
	return ds, next, nil
}

// TakeWaiting implements queue.Lender.
func (p *pass) TakeWaiting(ctx context.Context, n int, now time.Time) (ds []queue.Delivery, next time.Time, err error) {
	err = p.locked(ctx, func(l *lender) error {
		if ready, err := l.canLend(ctx, p, n, now); err != nil || !ready {
			return err
		}
		if suspects, err := l.suspects(ctx, p); err != nil || suspects {
			return err
		}
		wake, turns := &l.leases.wake, [queues]int{n, n}
		if r := l.within[p.id]; r != nil {
			wake = &r.wake
			ds, err = confined{l, r}.waiting(ctx, turns, now.UnixMilli())
		} else {
			ds, err = l.lendTurns(ctx, wake, turns, now.UnixMilli(), l.tasks.ofAll(ctx))
		}
		if len(ds) == 0 {
			next = wake.next()
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take waiting task IDs: %w", err)
	}
	return ds, next, nil
}

// canLend prepares to lend up to n IDs to p at now, and reports whether any may be
// lent: none beside one that is lent alone, and none of a ledger that this process does
// not hold any more. What was lent before that is noticed may still be sent.
func (l *lender) canLend(ctx context.Context, p *pass, n int, now time.Time) (ready bool, err error) {
	if err := l.stillOurs(); err != nil {
		return false, fmt.Errorf("ledger %s: %w", l.path, err)
	}
	if _, err := l.setAside(ctx, p, now); err != nil || l.checkpoint.alone != 0 || n <= 0 || l.holds.whole {
		return false, err
	}
	if err := l.onTime(ctx, now.UnixMilli()); err != nil {
		return false, err
	}
	l.leases.borrower = p.id
	if l.within[p.id] != nil {
		return true, nil
	}
	return true, l.refill(ctx)
}

// suspects reports whether there may be suspects that p may lend and has not.
func (l *lender) suspects(ctx context.Context, p *pass) (bool, error) {
	r := l.within[p.id]
	if r == nil {
		return l.leases.suspects(), nil
	}
	_, found, err := confined{l, r}.suspect(ctx, never)
	return found, err
}

// lend lends at most n IDs: suspects first, then those that waited. It is blocked
// while a suspect waits for all leases to be back; nothing is lent meanwhile, or it
// would wait for ever.
func (l *lender) lend(ctx context.Context, n int, now int64) (ds []queue.Delivery, blocked bool, err error) {
	only, suspect := l.leases.freshSuspect()
	if !suspect {
		only, suspect = l.leases.waitingSuspect(now)
	}
	switch {
	case suspect && len(l.leases.held) > 0:
		return nil, true, nil
	case suspect:
		ds, err = l.lendAlone(ctx, only)
		return ds, false, err
	}
	if ds, err = l.lendWaiting(ctx, n, now); err != nil {
		return nil, false, err
	}
	ds, err = l.lendFresh(ctx, ds, n)
	return ds, false, err
}

// refill reads ahead when no fresh ID is left in memory. It passes over held batches.
func (l *lender) refill(ctx context.Context) error {
	for len(l.leases.fresh) == 0 && l.leases.cursor < l.checkpoint.high {
		next := l.holds.gap(l.leases.cursor+1, l.checkpoint.high)
		if next.first > l.leases.cursor+1 {
			l.holds.skip(l.leases.cursor + 1)
		}
		if next.places() <= 0 {
			l.leases.cursor = l.checkpoint.high
			return nil
		}
		if err := l.readFresh(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// readFresh reads the first fresh IDs of a range, those that are lent left out.
func (l *lender) readFresh(ctx context.Context, r span) error {
	fresh, err := l.tasks.fresh(ctx, r.first-1, r.last)
	if err != nil {
		return err
	}
	cursor := r.last
	if len(fresh) == readAhead {
		cursor = fresh[len(fresh)-1].Seq
	}
	if len(l.leases.held) > 0 { // after a rewind
		fresh = slices.DeleteFunc(fresh, func(f lease) bool { _, lent := l.leases.held[f.Seq]; return lent })
	}
	for i := range fresh {
		fresh[i].Lost = fresh[i].Seq <= l.leases.doubt.fresh
	}
	l.leases.fresh, l.leases.cursor = fresh, cursor
	return nil
}

// lendFresh adds fresh IDs to ds until there are n.
func (l *lender) lendFresh(ctx context.Context, ds []queue.Delivery, n int) ([]queue.Delivery, error) {
	more := min(n-len(ds), len(l.leases.fresh))
	if more <= 0 {
		return ds, nil
	}
	last := l.leases.fresh[more-1].Seq
	if last > l.checkpoint.lent || l.checkpoint.ended {
		if err := l.writeMark(ctx, l.ahead(last)); err != nil {
			return nil, err
		}
	}
	ds = slices.Grow(ds, more)
	for _, f := range l.leases.fresh[:more] {
		ds = append(ds, l.leases.lend(f))
	}
	l.leases.fresh = l.leases.fresh[more:]
	l.leases.handed = max(l.leases.handed, last)
	return ds, nil
}

// lendWaiting lends waiting IDs that are due, and learns when the next ones are.
// While there are fresh IDs, those behind them have no turn, and the others a fifth
// of the room, but at least one: those that fail again and again cannot keep the
// fresh ones from their turn.
func (l *lender) lendWaiting(ctx context.Context, n int, now int64) (ds []queue.Delivery, err error) {
	turns := [queues]int{n, n}
	if len(l.leases.fresh) > 0 {
		turns = [queues]int{max(n/turnsOfWaiting, 1), 0}
	}
	return l.lendTurns(ctx, &l.leases.wake, turns, now, l.tasks.ofAll(ctx))
}

// readWaiting reads the first n waiting IDs of a queue.
type readWaiting func(q, n int) ([]lease, error)

// ofAll reads those of the whole ledger.
func (t *tasks) ofAll(ctx context.Context) readWaiting {
	return func(q, n int) ([]lease, error) { return t.waiters(ctx, selectWaiters, q, n) }
}

// lendTurns lends up to so many waiting IDs of each queue, and no more than the most
// of these in all. It keeps in known when the next ones are due.
func (l *lender) lendTurns(ctx context.Context, known *wakes, turns [queues]int, now int64, read readWaiting) (ds []queue.Delivery, err error) {
	var all []lease
	wake := *known
	for q := range turns {
		most := turns[q] - len(all)
		if most <= 0 || wake[q] > now {
			continue
		}
		var due []lease
		if due, wake[q], err = l.due(read, q, now, most); err != nil {
			return nil, err
		}
		all = append(all, due...)
	}
	if err := l.sendable(ctx, all); err != nil {
		return nil, err
	}
	*known = wake
	for _, w := range all {
		ds = append(ds, l.leases.lend(w))
	}
	return ds, nil
}

// sendable writes down that waiting IDs may be sent from now on.
func (l *lender) sendable(ctx context.Context, due []lease) error {
	if len(due) == 0 {
		return nil
	}
	if l.checkpoint.ended {
		if err := l.writeMark(ctx, l.working()); err != nil {
			return err
		}
	}
	return l.tasks.suspect(ctx, due)
}

// due returns up to n waiting IDs of a queue that are due now and not lent, and
// when the one after them is due. It reads past the leases, which keep their rows.
func (l *lender) due(read readWaiting, q int, now int64, n int) (due []lease, wake int64, err error) {
	waiters, err := read(q, n+l.leases.tried+1)
	if err != nil {
		return nil, 0, err
	}
	for _, w := range waiters {
		if _, lent := l.leases.held[w.Seq]; lent {
			continue
		}
		if w.due > now || len(due) == n {
			return due, w.due, nil
		}
		due = append(due, w)
	}
	return due, never, nil
}
