package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// holding implements the part of queue.Holding that writes, and keeps the lending to it.
type holding struct{ *lender }

// Hold implements queue.Holding. Fresh IDs of a held batch are passed over by its range.
// Waiting ones are marked, so that they stand in no queue that is lent from: see markHeld.
func (h holding) Hold(ctx context.Context, holds ...queue.Hold) error {
	err := h.locked(ctx, func() error {
		var put []int64
		err := h.store.atomically(ctx, func(ctx context.Context) error {
			for _, one := range holds {
				id, err := h.enter(ctx, one)
				if err != nil {
					return err
				}
				if id != 0 {
					put = append(put, id)
				}
			}
			return h.markHeld(ctx)
		})
		if err != nil {
			return err
		}
		h.holds.put = append(h.holds.put, put...)
		return h.recallHolds(ctx)
	})
	if err != nil {
		return fmt.Errorf("hold %d batches: %w", len(holds), err)
	}
	return nil
}

// enter writes a hold down and returns its number; 0 when there is one already, or no such
// batch.
func (h holding) enter(ctx context.Context, one queue.Hold) (id int64, err error) {
	const enter = `INSERT INTO hold (first, last, name, kind, why, at, sent, bad, allowed, lent)
		SELECT first, last, name, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM
			(SELECT first, last, name FROM batch WHERE last IS NOT NULL AND name = ?1 AND ?1 <> '' UNION ALL SELECT 0, 0, '' WHERE ?1 = '') b
		WHERE NOT EXISTS (SELECT 1 FROM hold WHERE hold.first = b.first AND released_at IS NULL) RETURNING id`
	if one.At.IsZero() {
		one.At = time.Now()
	}
	lent := max(h.checkpoint.lent, h.leases.doubt.fresh)
	err = h.store.one(ctx, enter, []any{one.Batch, one.Kind, one.Why, millis(one.At), one.Sent, one.Bad, one.Limit, lent}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// Release implements queue.Holding.
func (h holding) Release(ctx context.Context, which queue.Holds, r queue.Release) (released []queue.Hold, err error) {
	const end = `UPDATE hold SET released_at = ?3, released_by = ?4, released_why = ?5
		WHERE released_at IS NULL AND (?2 OR name = ?1 AND (first = 0) = (?1 = '')) RETURNING id`
	if r.At.IsZero() {
		r.At = time.Now()
	}
	err = h.locked(ctx, func() error {
		return h.store.atomically(ctx, func(ctx context.Context) error {
			ids := map[int64]bool{}
			err := h.store.each(ctx, end, []any{which.Batch, which.All, millis(r.At), r.By, r.Reason}, func(scan scan) error {
				var id int64
				err := scan(&id)
				ids[id] = true
				return err
			})
			if err != nil {
				return err
			}
			return holdTable{h.store}.each(ctx, `released_at IS NOT NULL ORDER BY first > 0, at, id`, func(id int64, one queue.Hold) {
				if ids[id] {
					released = append(released, one)
				}
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("release what is held: %w", err)
	}
	return released, nil
}

// Holds implements queue.HoldReader.
func (v view) Holds(ctx context.Context) (all []queue.Hold, err error) {
	add := func(_ int64, one queue.Hold) { all = append(all, one) }
	err = v.with(ctx, func(s *store) error {
		if err := (holdTable{s}).each(ctx, `released_at IS NULL ORDER BY first > 0, at, id`, add); err != nil {
			return err
		}
		ended := fmt.Sprintf(`released_at IS NOT NULL ORDER BY released_at DESC, id DESC LIMIT %d`, queue.MostReleased)
		return holdTable{s}.each(ctx, ended, add)
	})
	if err != nil {
		return nil, fmt.Errorf("read what is held: %w", err)
	}
	return all, nil
}

// holdTable has a row for each hold there is or was.
type holdTable struct{ *store }

// each reads the holds that a condition chooses.
func (t holdTable) each(ctx context.Context, where string, add func(id int64, one queue.Hold)) error {
	query := `SELECT id, name, kind, why, at, sent, bad, allowed, released_at, ifnull(released_by, ''), ifnull(released_why, ''),
		(SELECT ifnull(sum(pending), 0) FROM batch WHERE hold.first IN (0, batch.first)) FROM hold WHERE ` + where
	return t.store.each(ctx, query, nil, func(scan scan) error {
		var id, at int64
		var released sql.NullInt64
		var r queue.Release
		var h queue.Hold
		err := scan(&id, &h.Batch, &h.Kind, &h.Why, &at, &h.Sent, &h.Bad, &h.Limit, &released, &r.By, &r.Reason, &h.Pending)
		h.At = fromMillis(at)
		if released.Valid {
			r.At = fromMillis(released.Int64)
			h.Released, h.Pending = &r, 0
		}
		add(id, h)
		return err
	})
}

// How many pending IDs are held, by the holds in force, and by those that the lending
// knows of: what was released since a pass began is not lent to it.
const (
	heldNow = `(SELECT ifnull(sum(pending), 0) FROM batch WHERE first IN (SELECT first FROM hold WHERE released_at IS NULL)
		OR 0 IN (SELECT first FROM hold WHERE released_at IS NULL))`
	heldInPass = `(SELECT ifnull(sum(pending), 0) FROM batch WHERE first IN (SELECT first FROM hold WHERE kept = 1)
		OR 0 IN (SELECT first FROM hold WHERE kept = 1))`
)

// markHeld marks the waiting IDs of all held batches, so that they stand in no queue that
// is lent from. It belongs into a transaction.
func (l *lending) markHeld(ctx context.Context) error {
	const mark = `UPDATE attempt SET behind = behind + 2 WHERE seq BETWEEN ? AND ? AND due IS NOT NULL AND behind < 2`
	spans, _, err := holdTable{l.store}.kept(ctx)
	for _, s := range spans {
		if err == nil {
			err = l.store.exec(ctx, mark, s.first, s.last)
		}
	}
	return err
}

// kept returns the ranges of the batches of which nothing is lent, in order, and whether
// nothing is lent at all.
func (t holdTable) kept(ctx context.Context) (spans []span, whole bool, err error) {
	const query = `SELECT DISTINCT first, last FROM hold WHERE kept = 1 ORDER BY first`
	err = t.store.each(ctx, query, nil, func(scan scan) error {
		var s span
		err := scan(&s.first, &s.last)
		if s.first == 0 {
			whole = true
		} else {
			spans = append(spans, s)
		}
		return err
	})
	return spans, whole, err
}

// recallHolds reads what is held, and takes it out of what can be lent.
func (l holding) recallHolds(ctx context.Context) (err error) {
	if l.holds.spans, l.holds.whole, err = (holdTable{l.store}).kept(ctx); err == nil {
		l.leases.passOver(&l.holds)
	}
	return err
}

// lift lets be lent again what was released, before a pass begins, and ends the holds of
// batches of which nothing is left.
func (l holding) lift(ctx context.Context) error {
	const over = `UPDATE hold SET released_at = ?, released_by = 'cleaner', released_why = 'nothing of it is left'
		WHERE released_at IS NULL AND first > 0 AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.first = hold.first AND pending + dead > 0)`
	const released = `UPDATE hold SET kept = 0 WHERE kept = 1 AND released_at IS NOT NULL RETURNING first, last`
	const unmark = `UPDATE attempt SET behind = behind - 2 WHERE seq BETWEEN ?1 AND ?2 AND due IS NOT NULL AND behind >= 2
		AND NOT EXISTS (SELECT 1 FROM hold WHERE kept = 1 AND first = ?1)`
	var lifted []span
	err := l.store.atomically(ctx, func(ctx context.Context) error {
		if err := l.store.exec(ctx, over, time.Now().UnixMilli()); err != nil {
			return err
		}
		err := l.store.each(ctx, released, nil, func(scan scan) error {
			var s span
			err := scan(&s.first, &s.last)
			lifted = append(lifted, s)
			return err
		})
		for _, s := range lifted {
			if err == nil {
				err = l.store.exec(ctx, unmark, s.first, s.last)
			}
		}
		return err
	})
	if err != nil || len(lifted) == 0 {
		return err
	}
	l.leases.rewind(&l.holds)
	l.look()
	if err := l.recallHolds(ctx); err != nil {
		return err
	}
	return l.recallSuspects(ctx)
}

// dropIdle removes the holds that this process has put and that keep nothing. What comes
// to the ledger later in this process is not held by them.
func (l holding) dropIdle(ctx context.Context) error {
	const remove = `DELETE FROM hold WHERE id = ? AND released_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM batch WHERE hold.first IN (0, batch.first) AND pending > 0)`
	removed := int64(0)
	for _, id := range l.holds.put {
		n, err := l.store.change(ctx, remove, id)
		if err != nil {
			return err
		}
		removed += n
	}
	l.holds.put = nil
	if removed == 0 {
		return nil
	}
	return l.recallHolds(ctx)
}
