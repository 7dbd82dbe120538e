package sqlite

import (
	"context"
	"fmt"
	"time"
)

// forgetStep is how many places one transaction of Forget looks at.
const forgetStep = 65_536

// Forget implements queue.Queue. It goes through the batches that have settled IDs
// in short transactions, and removes a batch with its last ID; its name
// is free again. When it fails, what it has forgotten stays forgotten, and the
// number says how many. The file does not shrink: new IDs use the room.
func (l *Ledger) Forget(ctx context.Context, age time.Duration) (n int64, err error) {
	before := time.Now().Add(-age)
	batches, err := l.settledBatches(ctx)
	for _, b := range batches {
		for lo := b.first; lo <= b.last && err == nil; lo += forgetStep {
			var some int64
			some, err = l.forgetRange(ctx, b, lo, min(lo+forgetStep-1, b.last), before)
			n += some
		}
	}
	if err == nil {
		err = l.forgetEmpty(ctx, before)
	}
	if err != nil {
		return n, fmt.Errorf("forget what was settled before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}

// settledBatches returns the batches that may have IDs to forget.
func (l *Ledger) settledBatches(ctx context.Context) (bs []span, err error) {
	const query = `SELECT first, last, name FROM batch
		WHERE last IS NOT NULL AND deleted + gone + protected > 0 ORDER BY first`
	err = l.locked(ctx, func() error {
		return l.store.each(ctx, query, nil, func(scan scan) error {
			var b span
			err := scan(&b.first, &b.last, &b.name)
			bs = append(bs, b)
			return err
		})
	})
	return bs, err
}

// forgetRange forgets what b has from lo to hi.
func (l *Ledger) forgetRange(ctx context.Context, b span, lo, hi int64, before time.Time) (n int64, err error) {
	const count = `UPDATE batch SET deleted = deleted - d, gone = gone - g, protected = protected - p FROM
		(SELECT count(*) FILTER (WHERE state = 1) d, count(*) FILTER (WHERE state = 2) g,
			count(*) FILTER (WHERE state = 3) p FROM task WHERE seq BETWEEN ?1 AND ?2 AND at < ?3)
		WHERE first = ?4`
	const remove = `DELETE FROM task WHERE seq BETWEEN ?1 AND ?2 AND at < ?3 AND state IN (1, 2, 3)`
	err = l.locked(ctx, func() error {
		return l.store.atomically(ctx, func(ctx context.Context) (err error) {
			if err = l.store.exec(ctx, count, lo, hi, before.Unix(), b.first); err != nil {
				return err
			}
			n, err = l.store.change(ctx, remove, lo, hi, before.Unix())
			return err
		})
	})
	return n, err
}

// forgetEmpty removes the batches of which no ID is left.
func (l *Ledger) forgetEmpty(ctx context.Context, before time.Time) error {
	const remove = `DELETE FROM batch WHERE last IS NOT NULL AND loaded_at < ?
		AND pending + deleted + gone + protected + dead = 0`
	return l.locked(ctx, func() error {
		return l.store.atomically(ctx, func(ctx context.Context) error {
			return l.store.exec(ctx, remove, before.UnixMilli())
		})
	})
}
