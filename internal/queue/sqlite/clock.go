package sqlite

import "context"

// clock is what the ledger knows of its caller's clock, in Unix milliseconds.
type clock struct {
	opened int64 // when the ledger was opened, by its own clock
	seen   int64 // the latest time that the caller gave; 0 before the first
}

// slack is how far behind the latest time a caller may be that read its clock
// and then waited for the mutex.
const slack = 1000

// onTime takes in the caller's time. At the first one, and when the clock was set
// back, it looks for waiting IDs whose times come from a clock that was ahead.
func (l *lender) onTime(ctx context.Context, now int64) error {
	c := &l.leases.clock
	if c.seen != 0 && now >= c.seen-slack {
		c.seen = max(c.seen, now)
		return nil
	}
	moved, err := l.tasks.bringForward(ctx, now, min(c.opened, now)-1)
	if err != nil {
		return err
	}
	c.seen = now
	if moved == 0 {
		return nil
	}
	l.look()
	return l.recallSuspects(ctx)
}

// bringForward lets an ID that waits since later than now, by another clock, wait
// as long as it should have from then, but from now on. It was sent by an earlier
// process, at sent or before.
func (t *tasks) bringForward(ctx context.Context, now, sent int64) (moved int64, err error) {
	const ahead = `behind IN (0, 1) AND due > ?1 AND since > ?1`
	var found bool
	err = t.one(ctx, `SELECT EXISTS (SELECT 1 FROM attempt WHERE `+ahead+`)`, []any{now}, &found)
	if err != nil || !found {
		return 0, err
	}
	err = t.atomically(ctx, func(ctx context.Context) error {
		moved, err = t.change(ctx, `UPDATE attempt SET due = ?1 + due - since, since = ?1,
			first_at = min(first_at, ?2), last_at = min(last_at, ?2) WHERE `+ahead, now, sent)
		return err
	})
	return moved, err
}
