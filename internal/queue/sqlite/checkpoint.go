package sqlite

import (
	"context"

	"cleaner/internal/queue"
)

// checkpoint is the ledger's memory across processes, one row.
type checkpoint struct {
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

// readMark reads the row.
func readMark(ctx context.Context, s *store) (m checkpoint, err error) {
	err = s.one(ctx, `SELECT low, high, lent, alone, accused, deaths, ended FROM mark`, nil,
		&m.low, &m.high, &m.lent, &m.alone, &m.accused, &m.deaths, &m.ended)
	return m, err
}

// setMark writes the row; it belongs into a transaction.
func setMark(ctx context.Context, s *store, m checkpoint) error {
	return s.exec(ctx, `UPDATE mark SET low = ?, high = ?, lent = ?, alone = ?, accused = ?, deaths = ?, ended = ?`,
		m.low, m.high, m.lent, m.alone, m.accused, m.deaths, m.ended)
}

// lending is what the ledger knows of what is lent: the checkpoint, which outlives the process,
// and the leases, which do not. It is guarded by the mutex of the file.
type lending struct {
	*file
	checkpoint checkpoint
	leases     leases
	holds      holds
	within     map[queue.PassID]*reach // of the passes that are confined to a scope
}

// look has the waiting IDs be looked for in the file.
func (l *lending) look() {
	l.leases.wake = wakes{}
	for _, r := range l.within {
		r.look()
	}
}

// resume takes up the lending where the last process stopped.
func (l *lending) resume(ctx context.Context) error {
	checkpoint, err := readMark(ctx, l.store)
	if err != nil {
		return err
	}
	l.checkpoint = checkpoint
	l.leases.cursor = checkpoint.low
	l.leases.doubt = doubt{fresh: checkpoint.lent, died: !checkpoint.ended}
	return nil
}

// stop writes down where the lending stopped.
func (l *lending) stop(ctx context.Context) error {
	m := l.working()
	if !l.leases.lentFresh() {
		m.lent = l.leases.doubt.fresh
	}
	m.alone, m.ended = 0, !l.leases.doubt.held && !l.leases.suspects() && !l.leases.held[l.checkpoint.alone].tried
	return l.writeMark(ctx, m)
}

// working is the checkpoint of a process at work: should it die, that shows.
func (l *lending) working() checkpoint {
	m := l.checkpoint
	m.low, m.ended = min(l.leases.low(), l.holds.skipped-1), false
	return m
}

// ahead is the checkpoint that lets IDs be lent as far as last, and some further.
func (l *lending) ahead(last int64) checkpoint {
	m := l.working()
	m.lent = max(m.lent, min(last+reserve*l.leases.room, m.high))
	return m
}

// writeMark makes m the ledger's checkpoint, unless it is already.
func (l *lending) writeMark(ctx context.Context, m checkpoint) error {
	if m == l.checkpoint {
		return nil
	}
	err := l.store.atomically(ctx, func(ctx context.Context) error { return setMark(ctx, l.store, m) })
	if err == nil {
		l.checkpoint = m
	}
	return err
}

// span is the range of places that a batch has in the ledger.
type span struct {
	first, last int64
	name        string
}
