package sqlite

import "context"

// mark is the ledger's memory across processes, one row.
type mark struct {
	low  int64 // no fresh ID stands at or below
	high int64 // the last place of the last whole load; the next begins above
	lent int64 // fresh IDs up to here may have been sent
	// alone is the place of the ID that is being tried by itself; 0 for none.
	alone int64
	// accused is the place of the ID that was, when processes died, deaths times
	// without another ID coming through; 0 for none.
	accused, deaths int64
	// ended says that the process has closed the ledger in order.
	ended bool
}

// mark reads the row.
func (s *store) mark(ctx context.Context) (m mark, err error) {
	err = s.one(ctx, `SELECT low, high, lent, alone, accused, deaths, ended FROM mark`, nil,
		&m.low, &m.high, &m.lent, &m.alone, &m.accused, &m.deaths, &m.ended)
	return m, err
}

// setMark writes the row; it belongs into a transaction.
func (s *store) setMark(ctx context.Context, m mark) error {
	return s.exec(ctx, `UPDATE mark SET low = ?, high = ?, lent = ?, alone = ?, accused = ?, deaths = ?, ended = ?`,
		m.low, m.high, m.lent, m.alone, m.accused, m.deaths, m.ended)
}

// advance writes the mark of a plan that has one.
func (s *store) advance(ctx context.Context, p *plan) error {
	if p.mark == nil {
		return nil
	}
	return s.setMark(ctx, *p.mark)
}

// working is the mark of a process at work: should it die, that shows.
func (l *Ledger) working() mark {
	m := l.mark
	m.low, m.ended = l.desk.low(), false
	return m
}

// ahead is the mark that lets IDs be lent as far as last, and some further.
func (l *Ledger) ahead(last int64) mark {
	m := l.working()
	m.lent = max(m.lent, min(last+reserve*l.desk.room, m.high))
	return m
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
