package sqlite

import (
	"context"
	"database/sql"
)

// fresh returns the first IDs without a history above cursor, as far as high.
func (s *store) fresh(ctx context.Context, cursor, high int64) ([]loan, error) {
	const query = `SELECT seq, id FROM task WHERE seq > ? AND seq <= ? AND state = 0 ORDER BY seq LIMIT ?`
	ls := make([]loan, 0, readAhead)
	err := s.each(ctx, query, []any{cursor, high, readAhead}, func(scan scan) error {
		ls = append(ls, loan{})
		l := &ls[len(ls)-1]
		return scan(&l.Seq, (*storedID)(&l.ID))
	})
	if err != nil {
		return nil, err
	}
	return ls, s.nameBatches(ctx, ls)
}

// waiters returns the first n waiting IDs in the order of their due times.
func (s *store) waiters(ctx context.Context, n int) ([]loan, error) {
	const query = `SELECT seq, id, due, attempts, first_at, last_at, lost
		FROM attempt JOIN task USING (seq) WHERE due IS NOT NULL ORDER BY due, seq LIMIT ?`
	var ls []loan
	err := s.each(ctx, query, []any{n}, func(scan scan) error {
		l := loan{tried: true}
		var first, last sql.NullInt64
		var lost int
		if err := scan(&l.Seq, (*storedID)(&l.ID), &l.due, &l.Attempts, &first, &last, &lost); err != nil {
			return err
		}
		l.Lost, l.out = lost > 0, lost == lostOut
		last.Valid = first.Valid // the time of an outcome without a request is not told
		l.FirstAt, l.LastAt = fromNullMillis(first), fromNullMillis(last)
		ls = append(ls, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ls, s.nameBatches(ctx, ls)
}

// nameBatches fills in to which batches ls belong.
func (s *store) nameBatches(ctx context.Context, ls []loan) error {
	for i := range ls {
		b, err := s.batchOf(ctx, ls[i].Seq)
		if err != nil {
			return err
		}
		ls[i].batch, ls[i].Batch = b.first, b.name
	}
	return nil
}

// lostOut marks a waiting ID that is lent. Found in a file, it was lent when the
// process died.
const lostOut = 2

// suspect writes down that ls may have been sent. Settling them says better.
func (s *store) suspect(ctx context.Context, ls []loan) error {
	if len(ls) == 0 {
		return nil
	}
	var seqs seqList
	for _, l := range ls {
		seqs = seqs.add(l.Seq)
	}
	return s.atomically(ctx, func(ctx context.Context) error {
		return s.exec(ctx, `UPDATE attempt SET lost = 2 WHERE seq IN (SELECT value FROM json_each(?))`, seqs.json())
	})
}
