package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// Batches implements queue.BatchReader.
func (v view) Batches(ctx context.Context) (bs []queue.BatchInfo, err error) {
	const query = `SELECT name, source, digest, loaded_at, pending, deleted, gone, protected, withdrawn, dead, withdrawn_at, why,
		(SELECT count(*) FROM named JOIN task USING (seq) WHERE batch = first AND ` + isPending + `),
		ifnull((SELECT hold.why FROM hold WHERE released_at IS NULL AND (hold.first = batch.first OR hold.first = 0 AND batch.pending > 0)
			ORDER BY hold.first DESC LIMIT 1), '')
		FROM batch WHERE last IS NOT NULL ORDER BY first`
	err = v.with(ctx, func(s *store) error {
		return s.each(ctx, query, nil, func(scan scan) error {
			var b queue.BatchInfo
			var loaded int64
			var withdrawn sql.NullInt64
			err := scan(&b.Name, &b.Source, &b.Digest, &loaded, &b.Pending, &b.Deleted, &b.Gone, &b.Protected, &b.Withdrawn, &b.Dead,
				&withdrawn, &b.Why, &b.Shared, &b.Held)
			b.Loaded = fromMillis(loaded)
			if withdrawn.Valid {
				at := fromMillis(withdrawn.Int64)
				b.WithdrawnAt = &at
			}
			bs = append(bs, b)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	return bs, nil
}

// taker implements the part of queue.Batches that is no reading of batches.
type taker struct{ lender *lender }

// Withdraw implements queue.Batches.
func (t taker) Withdraw(ctx context.Context, batch, reason string) (w queue.Withdrawal, err error) {
	err = t.lender.locked(ctx, func() error {
		b, err := batchNamed(ctx, t.lender.store, batch)
		if err != nil {
			return err
		}
		var lent seqList
		for seq := range t.lender.leases.held {
			lent = lent.add(seq)
		}
		err = t.lender.store.atomically(ctx, func(ctx context.Context) error {
			w, err = withdrawal{t.lender.store, b, lent.json(), t.lender.leases.doubt.fresh}.carryOut(ctx, reason, time.Now())
			return err
		})
		return errors.Join(err, t.unlearn(ctx))
	})
	if err != nil {
		return queue.Withdrawal{}, fmt.Errorf("withdraw batch %q: %w", batch, err)
	}
	return w, nil
}

// batchNamed returns the whole batch of a name.
func batchNamed(ctx context.Context, s *store, name string) (b span, err error) {
	err = s.one(ctx, `SELECT first, last, name FROM batch WHERE name = ? AND last IS NOT NULL`, []any{name}, &b.first, &b.last, &b.name)
	if errors.Is(err, sql.ErrNoRows) {
		err = noBatch(ctx, s, name)
	}
	return b, err
}

// noBatch returns the *queue.NoBatchError for a name.
func noBatch(ctx context.Context, s *store, name string) error {
	var all []string
	err := s.each(ctx, `SELECT name FROM batch WHERE last IS NOT NULL ORDER BY first`, nil, func(scan scan) error {
		var one string
		err := scan(&one)
		all = append(all, one)
		return err
	})
	if err != nil {
		return err
	}
	return queue.NoBatch(name, all)
}

// unlearn has the lending forget what it knows of IDs that are withdrawn.
func (t taker) unlearn(ctx context.Context) error {
	l := t.lender
	var seqs seqList
	for _, f := range l.leases.fresh {
		seqs = seqs.add(f.Seq)
	}
	fresh := map[int64]bool{}
	const query = `SELECT seq FROM task WHERE seq IN (SELECT value FROM json_each(?)) AND ` + isFresh
	err := l.store.each(ctx, query, []any{seqs.json()}, func(scan scan) error {
		var seq int64
		err := scan(&seq)
		fresh[seq] = true
		return err
	})
	if err != nil {
		return err
	}
	l.leases.keepFresh(fresh)
	l.look()
	return l.recallSuspects(ctx)
}

// withdrawal takes back the batch b.
type withdrawal struct {
	*store
	b    span
	lent string // the places of what is lent, as a JSON array
	sent int64  // fresh IDs up to here may have been sent
}

// Of the places in the range ?1 to ?2 of the batch, and of those that it has named, what
// is pending and not lent (?3) is taken back, if every batch that has named it is
// withdrawn.
const (
	ofBatch = `(task.seq BETWEEN ?1 AND ?2 OR task.seq IN (SELECT seq FROM named WHERE batch = ?1)) AND ` + isPending
	unnamed = ` AND task.seq NOT IN (SELECT value FROM json_each(?3))
		AND NOT EXISTS (SELECT 1 FROM named JOIN batch ON first = named.batch
			WHERE named.seq = task.seq AND withdrawn_at IS NULL AND last IS NOT NULL)
		AND (SELECT withdrawn_at FROM batch WHERE first <= task.seq ORDER BY first DESC LIMIT 1) IS NOT NULL`
)

// carryOut withdraws the batch; it belongs into a transaction. What may have been sent
// becomes doubtful (7), the rest withdrawn (6). The histories go last: they say what was
// sent.
func (w withdrawal) carryOut(ctx context.Context, reason string, now time.Time) (done queue.Withdrawal, err error) {
	if err := w.exec(ctx, `UPDATE batch SET withdrawn_at = ?, why = ? WHERE first = ? AND withdrawn_at IS NULL`,
		now.UnixMilli(), reason, w.b.first); err != nil {
		return done, err
	}
	const count = `UPDATE batch SET (pending, waiting, withdrawn) =
		(SELECT pending - count(*), waiting - count(first_at), withdrawn + count(*) FROM task LEFT JOIN attempt USING (seq)
			WHERE task.seq BETWEEN batch.first AND batch.last AND ` + ofBatch + unnamed + `)
		WHERE pending > 0 AND withdrawn_at IS NOT NULL`
	const move = `UPDATE task SET at = ?4, state = iif(iif(` + isFresh + `, seq <= ?5,
			(SELECT lost > 0 FROM attempt WHERE attempt.seq = task.seq)), 7, 6)
		WHERE ` + ofBatch + unnamed
	args := []any{w.b.first, w.b.last, w.lent}
	if err := w.exec(ctx, count, args...); err != nil {
		return done, err
	}
	var doubtfulBefore, doubtfulAfter int64
	const countDoubtful = `SELECT count(*) FROM task WHERE ` + isDoubtful + ` AND (seq BETWEEN ?1 AND ?2 OR seq IN (SELECT seq FROM named WHERE batch = ?1))`
	if err := w.one(ctx, countDoubtful, args[:2], &doubtfulBefore); err != nil {
		return done, err
	}
	if done.Withdrawn, err = w.change(ctx, move, append(args, now.Unix(), w.sent)...); err != nil {
		return done, err
	}
	if err := w.one(ctx, countDoubtful, args[:2], &doubtfulAfter); err != nil {
		return done, err
	}
	done.MaybeSent = doubtfulAfter - doubtfulBefore
	if err := w.tidy(ctx, done.Withdrawn); err != nil {
		return done, err
	}
	if err := w.release(ctx, reason, now); err != nil {
		return done, err
	}
	const left = `SELECT (SELECT source FROM batch WHERE first = ?1), (SELECT count(*) FROM task WHERE ` + ofBatch + `)`
	return done, w.one(ctx, left, args[:2], &done.Source, &done.Kept)
}

// tidy removes the histories of what was withdrawn and who has named it, and tells the
// passes of n IDs that they do not settle.
func (w withdrawal) tidy(ctx context.Context, n int64) error {
	const withdrawn = `seq IN (SELECT seq FROM task WHERE ` + isWithdrawn + ` AND (seq BETWEEN ?1 AND ?2 OR seq IN (SELECT seq FROM named WHERE batch = ?1)))`
	if err := w.exec(ctx, `DELETE FROM attempt WHERE `+withdrawn, w.b.first, w.b.last); err != nil {
		return err
	}
	// A load that is under way makes what it has named pending again when it is whole.
	const whole = ` AND NOT EXISTS (SELECT 1 FROM batch WHERE first = named.batch AND last IS NULL)`
	if err := w.exec(ctx, `DELETE FROM named WHERE `+withdrawn+whole, w.b.first, w.b.last); err != nil {
		return err
	}
	if err := askedIn(w.store).exec(ctx, `DELETE FROM asked WHERE `+withdrawn, w.b.first, w.b.last); err != nil {
		return err
	}
	return w.exec(ctx, `UPDATE pass SET elsewhere = elsewhere + ?`, n)
}

// release ends the hold of the batch, if it has one: what other batches have named of it is
// lent again to the passes that begin later.
func (w withdrawal) release(ctx context.Context, reason string, now time.Time) error {
	const end = `UPDATE hold SET released_at = ?2, released_by = 'cleaner', released_why = 'the batch was withdrawn: ' || ?3
		WHERE first = ?1 AND released_at IS NULL`
	return w.exec(ctx, end, w.b.first, now.UnixMilli(), reason)
}

// Outside implements queue.Batches.
func (t taker) Outside(ctx context.Context, s queue.Scope) (out []queue.SourceCount, err error) {
	err = t.lender.locked(ctx, func() error {
		if s.Whole() {
			return nil
		}
		parts, err := partsOf(ctx, t.lender.store, s)
		if err != nil {
			return err
		}
		return t.lender.store.each(ctx, countOutside, []any{parts.json()}, func(scan scan) error {
			var c queue.SourceCount
			err := scan(&c.Source, &c.Count, &c.Held)
			out = append(out, c)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count pending task IDs outside of a scope: %w", err)
	}
	return out, nil
}

// countOutside counts for each batch that is not in the scope ?1 what is pending of it,
// less what batches of the scope have named, and how much of this is held.
const countOutside = `SELECT source, sum(n), ifnull(sum(n) FILTER (WHERE held), 0) FROM
	(SELECT source, pending - (SELECT count(DISTINCT seq) FROM named JOIN task USING (seq)
			WHERE batch IN (SELECT value FROM json_each(?1)) AND seq BETWEEN first AND last AND ` + isPending + `) AS n,
		EXISTS (SELECT 1 FROM hold WHERE kept = 1 AND hold.first IN (0, batch.first)) AS held
		FROM batch WHERE pending > 0 AND first NOT IN (SELECT value FROM json_each(?1)))
	GROUP BY source HAVING sum(n) > 0 ORDER BY sum(n) DESC, source`
