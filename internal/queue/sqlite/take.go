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

// Take implements queue.Queue. The IDs of one load are lent in the order in
// which it wrote them down, which is not quite the order of the file: see Load.
//
// Before an ID is lent the ledger says that it may have been sent: the fresh ones
// in advance, with what is settled, and one write for each Take of waiting ones.
// Were the process to die, the next delivery of these would say Lost, and each
// would be lent alone; see alone.go.
func (l *Ledger) Take(ctx context.Context, n int) (ds []queue.Delivery, next time.Time, err error) {
	err = l.locked(ctx, func() error {
		if _, err := l.setAside(ctx); err != nil || l.mark.alone != 0 || n <= 0 {
			return err
		}
		l.desk.room = int64(n)
		blocked := false
		if ds, blocked, err = l.lend(ctx, n); err != nil {
			return err
		}
		if len(ds) == 0 && l.desk.wake != never && !blocked {
			next = fromMillis(l.desk.wake)
		}
		return nil
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take task IDs: %w", err)
	}
	return ds, next, nil
}

// lend lends at most n IDs: suspects first, then those that waited. It is blocked
// while a suspect waits for all loans to be back; nothing is lent meanwhile, or it
// would wait for ever.
func (l *Ledger) lend(ctx context.Context, n int) (ds []queue.Delivery, blocked bool, err error) {
	if err := l.refill(ctx); err != nil {
		return nil, false, err
	}
	if len(l.desk.fresh) > 0 && l.desk.isSuspect(l.desk.fresh[0]) {
		return l.lendSuspect(ctx, l.desk.fresh[0])
	}
	ds, blocked, err = l.lendWaiting(ctx, l.turns(n))
	if err != nil || blocked || l.mark.alone != 0 {
		return ds, blocked, err
	}
	ds, err = l.lendFresh(ctx, ds, n)
	return ds, false, err
}

// lendSuspect lends only, alone, once all loans are back.
func (l *Ledger) lendSuspect(ctx context.Context, only loan) (ds []queue.Delivery, blocked bool, err error) {
	if len(l.desk.loans) > 0 {
		return nil, true, nil
	}
	if ds, err = l.lendAlone(ctx, only); err == nil && !only.tried {
		l.desk.fresh = l.desk.fresh[1:]
	}
	return ds, false, err
}

// turns is how many of n IDs may be ones that waited: a fifth of them, but at
// least one, while there are fresh ones, so that those that fail again and again
// cannot keep the others from their turn.
func (l *Ledger) turns(n int) int {
	if len(l.desk.fresh) == 0 {
		return n
	}
	return max(n/turnsOfWaiting, 1)
}

// refill reads ahead when no fresh ID is at hand.
func (l *Ledger) refill(ctx context.Context) error {
	if len(l.desk.fresh) > 0 || l.desk.cursor == l.mark.high {
		return nil
	}
	fresh, err := l.store.fresh(ctx, l.desk.cursor, l.mark.high)
	if err != nil {
		return err
	}
	cursor := l.mark.high
	if len(fresh) == readAhead {
		cursor = fresh[len(fresh)-1].Seq
	}
	for i := range fresh {
		fresh[i].Lost = fresh[i].Seq <= l.desk.suspect
	}
	l.desk.fresh, l.desk.cursor = fresh, cursor
	return nil
}

// lendFresh adds fresh IDs to ds until there are n.
func (l *Ledger) lendFresh(ctx context.Context, ds []queue.Delivery, n int) ([]queue.Delivery, error) {
	more := min(n-len(ds), len(l.desk.fresh))
	if more <= 0 {
		return ds, nil
	}
	last := l.desk.fresh[more-1].Seq
	if last > l.mark.lent || l.mark.ended {
		if err := l.writeMark(ctx, l.ahead(last)); err != nil {
			return nil, err
		}
	}
	ds = slices.Grow(ds, more)
	for _, f := range l.desk.fresh[:more] {
		ds = append(ds, l.desk.lend(f))
	}
	l.desk.fresh = l.desk.fresh[more:]
	l.desk.handed = max(l.desk.handed, last)
	return ds, nil
}

// lendWaiting lends up to n waiting IDs that are due, and learns when the next
// one is. It stops before a suspect, which is lent alone.
func (l *Ledger) lendWaiting(ctx context.Context, n int) (ds []queue.Delivery, blocked bool, err error) {
	now := time.Now().UnixMilli()
	if l.desk.wake > now {
		return nil, false, nil
	}
	due, wake, err := l.due(ctx, now, n)
	if err != nil {
		return nil, false, err
	}
	switch at := slices.IndexFunc(due, l.desk.isSuspect); {
	case at == 0:
		return l.lendSuspect(ctx, due[0])
	case at > 0:
		due, wake, blocked = due[:at], now, true
	}
	if err := l.sendable(ctx, due); err != nil {
		return nil, false, err
	}
	l.desk.wake = wake
	for _, w := range due {
		ds = append(ds, l.desk.lend(w))
	}
	return ds, blocked, nil
}

// sendable writes down that waiting IDs may be sent from now on.
func (l *Ledger) sendable(ctx context.Context, due []loan) error {
	if len(due) == 0 {
		return nil
	}
	if l.mark.ended {
		if err := l.writeMark(ctx, l.working()); err != nil {
			return err
		}
	}
	return l.store.suspect(ctx, due)
}

// due returns up to n waiting IDs that are due now and not lent, and when the
// one after them is due. It reads past the loans, which keep their rows.
func (l *Ledger) due(ctx context.Context, now int64, n int) (due []loan, wake int64, err error) {
	waiters, err := l.store.waiters(ctx, n+l.desk.tried+1)
	if err != nil {
		return nil, 0, err
	}
	for _, w := range waiters {
		if _, lent := l.desk.loans[w.Seq]; lent {
			continue
		}
		if w.due > now || len(due) == n {
			return due, w.due, nil
		}
		due = append(due, w)
	}
	return due, never, nil
}
