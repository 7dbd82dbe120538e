package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"cleaner/internal/queue"
)

// view is what a Ledger and a Reader have in common: the questions that change
// nothing. with calls do with the store, while nobody else uses it.
type view struct {
	with func(ctx context.Context, do func(*store) error) error
}

// Counts implements queue.Reader. It reads the counters of the batches, not the
// tasks, and may be asked every second.
func (v view) Counts(ctx context.Context) (c queue.Counts, err error) {
	err = v.with(ctx, func(s *store) error {
		c, err = counts(ctx, s)
		return err
	})
	return c, err
}

func counts(ctx context.Context, s *store) (c queue.Counts, err error) {
	const query = `SELECT ifnull(sum(pending), 0), ifnull(sum(waiting), 0), ifnull(sum(deleted), 0), ifnull(sum(gone), 0),
		ifnull(sum(protected), 0), ifnull(sum(withdrawn), 0), ifnull(sum(dead), 0), min(loaded_at) FILTER (WHERE pending > 0), ` + heldNow + `,
		(SELECT count(*) FROM hold WHERE released_at IS NULL AND first > 0),
		EXISTS (SELECT 1 FROM hold WHERE released_at IS NULL AND first = 0) FROM batch`
	var oldest sql.NullInt64
	err = s.one(ctx, query, nil, &c.Pending, &c.Waiting, &c.Deleted, &c.Gone, &c.Protected, &c.Withdrawn, &c.Dead, &oldest,
		&c.Held, &c.HeldBatches, &c.HeldAll)
	if err != nil {
		return queue.Counts{}, fmt.Errorf("count task IDs: %w", err)
	}
	c.OldestPending = fromNullMillis(oldest)
	return c, nil
}

// Unfinished implements queue.Reader.
func (v view) Unfinished(ctx context.Context) (passes []queue.PassInfo, err error) {
	err = v.with(ctx, func(s *store) error {
		passes, err = passTable{s}.all(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read passes: %w", err)
	}
	return passes, nil
}

// Dead implements queue.LetterReader. It reads in pages and may be left at any
// time; the ledger may be used, and changed, between two letters.
func (v view) Dead(ctx context.Context, f queue.Filter) iter.Seq2[queue.DeadLetter, error] {
	return deadLetters(f, func(args []any) (page []placed, err error) {
		err = v.with(ctx, func(s *store) error {
			page, err = readDead(ctx, s, f, args)
			return err
		})
		return page, err
	})
}

// DeadCodes implements queue.LetterReader.
func (v view) DeadCodes(ctx context.Context) (codes []queue.DeadCode, err error) {
	// With max, SQLite takes the other columns from the row that has the maximum.
	const query = `SELECT code, count(*), max(last_at), reason FROM attempt WHERE due IS NULL
		GROUP BY code ORDER BY 2 DESC, 1 LIMIT ?`
	err = v.with(ctx, func(s *store) error {
		return s.each(ctx, query, []any{queue.MaxDeadCodes}, func(scan scan) error {
			var c queue.DeadCode
			var at int64
			err := scan(&c.Code, &c.Count, &at, &c.Reason)
			c.LastAt = fromMillis(at)
			codes = append(codes, c)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count dead letters by code: %w", err)
	}
	return codes, nil
}

// Recall implements queue.FactReader.
func (v view) Recall(ctx context.Context, key string) (value []byte, err error) {
	err = v.with(ctx, func(s *store) error {
		return s.one(ctx, `SELECT value FROM fact WHERE key = ?`, []any{key}, &value)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("recall %.100q: %w", key, err)
	}
	return value, nil
}

// Facts implements queue.FactReader.
func (v view) Facts(ctx context.Context, prefix string) (facts []queue.Fact, err error) {
	const query = `SELECT key, value, at FROM fact WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key`
	err = v.with(ctx, func(s *store) error {
		return s.each(ctx, query, []any{prefix}, func(scan scan) error {
			var f queue.Fact
			var at int64
			err := scan(&f.Key, &f.Value, &at)
			f.At = fromMillis(at)
			facts = append(facts, f)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read what is kept under %.100q: %w", prefix, err)
	}
	return facts, nil
}
