package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// forgetStep is how many places one transaction of Forget looks at.
const forgetStep = 65_536

// emptyBatches is how many of the latest batches are kept without IDs. A list that
// changes, and brings nothing new, adds one each time that it is read.
const emptyBatches = 100

// Forget implements queue.Auditor. It goes through the batches that have settled IDs
// in short transactions, and removes a batch with its last ID; its name
// is free again. When it fails, what it has forgotten stays forgotten, and the
// number says how many. New IDs use the room; when more than half of the file is free,
// that is given back.
func (a auditor) Forget(ctx context.Context, age time.Duration, keep ...string) (n int64, err error) {
	before := time.Now().Add(-age)
	batches, err := a.settledBatches(ctx)
	for _, b := range batches {
		for lo := b.first; lo <= b.last && err == nil; lo += forgetStep {
			var some int64
			some, err = a.forgetRange(ctx, b, lo, min(lo+forgetStep-1, b.last), before)
			n += some
		}
	}
	if err == nil {
		err = a.forgetEmpty(ctx, before, keep)
	}
	if err == nil {
		err = a.giveRoom(ctx)
	}
	if err != nil {
		return n, fmt.Errorf("forget what was settled before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}

// settledBatches returns the batches that may have IDs to forget.
func (a auditor) settledBatches(ctx context.Context) (bs []span, err error) {
	const query = `SELECT first, last, name FROM batch
		WHERE last IS NOT NULL AND deleted + gone + protected + withdrawn > 0 ORDER BY first`
	err = a.locked(ctx, func() error {
		return a.store.each(ctx, query, nil, func(scan scan) error {
			var b span
			err := scan(&b.first, &b.last, &b.name)
			bs = append(bs, b)
			return err
		})
	})
	return bs, err
}

// forgetRange forgets what b has from lo to hi.
func (a auditor) forgetRange(ctx context.Context, b span, lo, hi int64, before time.Time) (n int64, err error) {
	// A load that is under way may have named a withdrawn task, to make it pending when it
	// is whole: the name stays, and the task.
	const underWay = `EXISTS (SELECT 1 FROM named AS n JOIN batch AS b ON b.first = n.batch WHERE n.seq = task.seq AND b.last IS NULL)`
	const unname = `DELETE FROM named WHERE seq BETWEEN ?1 AND ?2
		AND EXISTS (SELECT 1 FROM task WHERE task.seq = named.seq AND (` + isSettled + ` OR ` + isWithdrawn + `))
		AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.first = named.batch AND last IS NULL)`
	const count = `UPDATE batch SET deleted = deleted - d, gone = gone - g, protected = protected - p, withdrawn = withdrawn - w FROM
		(SELECT count(*) FILTER (WHERE ` + isDeleted + `) d, count(*) FILTER (WHERE ` + isGone + `) g,
			count(*) FILTER (WHERE ` + isProtected + `) p, count(*) FILTER (WHERE ` + isWithdrawn + ` AND NOT ` + underWay + `) w FROM task WHERE seq BETWEEN ?1 AND ?2 AND at < ?3)
		WHERE first = ?4`
	const remove = `DELETE FROM task WHERE seq BETWEEN ?1 AND ?2 AND at < ?3
		AND (` + isSettled + ` OR ` + isWithdrawn + ` AND NOT ` + underWay + `)`
	const unsay = `DELETE FROM asked WHERE seq BETWEEN ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM task WHERE task.seq = asked.seq)`
	err = a.locked(ctx, func() error {
		return a.store.atomically(ctx, func(ctx context.Context) (err error) {
			if err = a.store.exec(ctx, unname, lo, hi); err != nil {
				return err
			}
			if err = a.store.exec(ctx, count, lo, hi, before.Unix(), b.first); err != nil {
				return err
			}
			if n, err = a.store.change(ctx, remove, lo, hi, before.Unix()); err != nil {
				return err
			}
			return askedIn(a.store).exec(ctx, unsay, lo, hi)
		})
	})
	return n, err
}

// forgetEmpty removes the batches of which no ID is left, and that they have named IDs
// of others: those loaded before that time, and by any clock all but the latest of those
// that have named none that is unsettled. It keeps the batches of some names.
func (a auditor) forgetEmpty(ctx context.Context, before time.Time, keep []string) error {
	const (
		empty = `last IS NOT NULL AND pending + deleted + gone + protected + withdrawn + dead = 0
			AND (loaded_at < ?1 OR first <= (SELECT first FROM batch ORDER BY first DESC LIMIT 1 OFFSET ?2)
				AND NOT EXISTS (SELECT 1 FROM named WHERE named.batch = first))
			AND first NOT IN (SELECT value FROM json_each(?3))
			AND NOT EXISTS (SELECT 1 FROM hold WHERE kept = 1 AND hold.first = batch.first)`
		unname = `DELETE FROM named WHERE batch IN (SELECT first FROM batch WHERE ` + empty + `)`
		remove = `DELETE FROM batch WHERE ` + empty
	)
	return a.locked(ctx, func() error {
		return a.store.atomically(ctx, func(ctx context.Context) error {
			kept, err := a.firstPlaces(ctx, keep)
			if err != nil {
				return err
			}
			for _, statement := range []string{unname, remove} {
				if err := a.store.exec(ctx, statement, before.UnixMilli(), emptyBatches, kept.json()); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// firstPlaces returns where those batches begin that there are.
func (a auditor) firstPlaces(ctx context.Context, names []string) (firsts seqList, err error) {
	for _, name := range names {
		b, err := batchNamed(ctx, a.store, name)
		if _, missing := errors.AsType[*queue.NoBatchError](err); missing {
			continue
		}
		if err != nil {
			return nil, err
		}
		firsts = firsts.add(b.first)
	}
	return firsts, nil
}
