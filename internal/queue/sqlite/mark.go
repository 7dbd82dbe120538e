package sqlite

import "context"

// mark is the ledger's memory across processes, one row.
type mark struct {
	low  int64 // no fresh ID stands at or below
	high int64 // the last place of the last whole load; the next begins above
	lent int64 // fresh IDs up to here may have been sent
}

// mark reads the row.
func (s *store) mark(ctx context.Context) (m mark, err error) {
	err = s.one(ctx, `SELECT low, high, lent FROM mark`, nil, &m.low, &m.high, &m.lent)
	return m, err
}

// setMark writes the row; it belongs into a transaction.
func (s *store) setMark(ctx context.Context, m mark) error {
	return s.exec(ctx, `UPDATE mark SET low = ?, high = ?, lent = ?`, m.low, m.high, m.lent)
}

// writeMark makes m the ledger's mark, unless it is already.
func (l *Ledger) writeMark(ctx context.Context, m mark) error {
	if m == l.mark {
		return nil
	}
	err := l.store.atomically(ctx, func(ctx context.Context) error { return l.store.setMark(ctx, m) })
	if err == nil {
		l.mark = m
	}
	return err
}

// span is the range of places that a batch has in the ledger.
type span struct {
	first, last int64
	name        string
}

// batchOf returns the batch to which the task at seq belongs. Neighbours mostly
// share one, so the last answer is kept; batches never change their range.
func (s *store) batchOf(ctx context.Context, seq int64) (span, error) {
	if b := s.batch; b.first <= seq && seq <= b.last {
		return b, nil
	}
	var b span
	err := s.one(ctx, `SELECT first, last, name FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1`, []any{seq},
		&b.first, &b.last, &b.name)
	if err == nil {
		s.batch = b
	}
	return b, err
}
