package sqlite

import (
	"context"
	"database/sql"
)

// tasks reads which IDs can be lent, and writes down which may have been sent.
type tasks struct {
	*store
	batch span // the last answer of batchOf
}

// fresh returns the first IDs without a history above cursor, as far as high.
func (t *tasks) fresh(ctx context.Context, cursor, high int64) ([]lease, error) {
	const query = `SELECT seq, id FROM task WHERE seq > ? AND seq <= ? AND ` + isFresh + ` ORDER BY seq LIMIT ?`
	ls := make([]lease, 0, readAhead)
	err := t.each(ctx, query, []any{cursor, high, readAhead}, func(scan scan) error {
		ls = append(ls, lease{})
		l := &ls[len(ls)-1]
		return scan(&l.Seq, (*storedID)(&l.ID))
	})
	if err != nil {
		return nil, err
	}
	return ls, t.nameBatches(ctx, ls)
}

// The waiting IDs of a queue in the order of their due times, and those that were
// lent when a process died.
const (
	waiterColumns = `SELECT seq, id, due, attempts, first_at, last_at, lost > 0, behind & 1, code, status
		FROM attempt JOIN task USING (seq) WHERE due IS NOT NULL AND `
	selectWaiters = waiterColumns + `behind = ? ORDER BY due, seq LIMIT ?`
	selectLentOut = waiterColumns + `lost = 2 ORDER BY due, seq`
)

// waiters returns the waiting IDs that query selects.
func (t *tasks) waiters(ctx context.Context, query string, args ...any) ([]lease, error) {
	var ls []lease
	err := t.each(ctx, query, args, func(scan scan) error {
		l := lease{tried: true}
		var first, last sql.NullInt64
		if err := scan(&l.Seq, (*storedID)(&l.ID), &l.due, &l.Attempts, &first, &last, &l.Lost, &l.Behind, &l.Code, &l.Status); err != nil {
			return err
		}
		last.Valid = first.Valid // the time of an outcome without a request is not kept
		l.FirstAt, l.LastAt = fromNullMillis(first), fromNullMillis(last)
		ls = append(ls, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ls, t.nameBatches(ctx, ls)
}

// nameBatches fills in to which batches ls belong, and what was said with them.
func (t *tasks) nameBatches(ctx context.Context, ls []lease) error {
	for i := range ls {
		b, err := t.batchOf(ctx, ls[i].Seq)
		if err != nil {
			return err
		}
		ls[i].batch, ls[i].Batch = b.first, b.name
	}
	return t.tellAsked(ctx, ls)
}

// batchOf returns the batch to which the task at seq belongs. Neighbours mostly
// share one, so the last answer is kept; a batch may grow, and then has what is behind it too.
func (t *tasks) batchOf(ctx context.Context, seq int64) (span, error) {
	if b := t.batch; b.first <= seq && seq <= b.last {
		return b, nil
	}
	var b span
	err := t.one(ctx, `SELECT first, last, name FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1`, []any{seq},
		&b.first, &b.last, &b.name)
	if err == nil {
		t.batch = b
	}
	return b, err
}

// lostOut marks a waiting ID that is lent. Found in a file, it was lent when the
// process died.
const lostOut = 2

// suspect writes down that ls may have been sent. Settling them says better.
func (t *tasks) suspect(ctx context.Context, ls []lease) error {
	if len(ls) == 0 {
		return nil
	}
	var seqs seqList
	for _, l := range ls {
		seqs = seqs.add(l.Seq)
	}
	return t.atomically(ctx, func(ctx context.Context) error {
		return t.exec(ctx, `UPDATE attempt SET lost = 2 WHERE seq IN (SELECT value FROM json_each(?))`, seqs.json())
	})
}
