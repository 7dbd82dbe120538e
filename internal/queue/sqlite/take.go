package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// readAhead is how many fresh IDs are read at once. It bounds how many IDs are
// suspected of having been sent after a crash, and divides the cost of the
// write that says so.
const readAhead = 512

// Take implements queue.Queue. The IDs of one load are lent in the order in
// which it wrote them down, which is not quite the order of the file: see Load.
//
// Before an ID is lent the ledger says that it may have been sent: one write
// for each read-ahead of fresh IDs, and one for each Take of waiting ones. Were
// the process to die, the next delivery of these would say Lost.
func (l *Ledger) Take(ctx context.Context, n int) (ds []queue.Delivery, next time.Time, err error) {
	err = l.locked(ctx, func() error {
		if err := l.refill(ctx); err != nil {
			return err
		}
		if ds, err = l.lendWaiting(ctx, l.turns(n)); err != nil {
			return err
		}
		ds = l.lendFresh(ds, n)
		if len(ds) == 0 && l.desk.wake != never {
			next = fromMillis(l.desk.wake)
		}
		return nil
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take task IDs: %w", err)
	}
	return ds, next, nil
}

// turns is how many of n IDs may be ones that waited: half of them while there
// are fresh ones, so that those that fail again and again cannot keep the others
// from their turn.
func (l *Ledger) turns(n int) int {
	if len(l.desk.fresh) == 0 {
		return max(n, 0)
	}
	return (max(n, 0) + 1) / 2
}

// refill reads ahead when no fresh ID is at hand, and writes down how far.
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
	m := l.mark
	m.low, m.lent = l.desk.low(), max(m.lent, cursor)
	if err := l.writeMark(ctx, m); err != nil {
		return err
	}
	l.desk.fresh, l.desk.cursor = fresh, cursor
	return nil
}

// lendFresh adds fresh IDs to ds until there are n.
func (l *Ledger) lendFresh(ds []queue.Delivery, n int) []queue.Delivery {
	more := min(n-len(ds), len(l.desk.fresh))
	if more <= 0 {
		return ds
	}
	ds = slices.Grow(ds, more)
	for _, f := range l.desk.fresh[:more] {
		ds = append(ds, l.desk.lend(f))
	}
	l.desk.fresh = l.desk.fresh[more:]
	return ds
}

// lendWaiting lends up to n waiting IDs that are due, and learns when the next
// one is.
func (l *Ledger) lendWaiting(ctx context.Context, n int) ([]queue.Delivery, error) {
	now := time.Now().UnixMilli()
	if l.desk.wake > now {
		return nil, nil
	}
	due, wake, err := l.due(ctx, now, n)
	if err != nil {
		return nil, err
	}
	if err := l.store.suspect(ctx, due); err != nil {
		return nil, err
	}
	l.desk.wake = wake
	ds := make([]queue.Delivery, len(due))
	for i, w := range due {
		ds[i] = l.desk.lend(w)
	}
	return ds, nil
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
