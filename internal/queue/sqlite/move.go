package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// moveWindow moves the tasks at some of the places from one place to another: those
// whose bits are set, the lowest for the first place. A group of workers holds places that
// are close together, so one statement moves most of what goes the same way; a list of
// places would cost more, as SQLite makes a table of it first.
const (
	moveWindow = `UPDATE task SET state = ?1, at = ?2
		WHERE seq BETWEEN ?3 AND ?4 AND (?5 >> (seq - ?3)) & 1 AND ` + isPending
	windowSize = 64 // bits
)

// moveTasks changes the states of tasks: all that go the same way and stand in one window
// in one statement.
func moveTasks(ctx context.Context, s *store, p *plan) error {
	slices.SortFunc(p.moves, compareMoves)
	moved := int64(0)
	for rest := p.moves; len(rest) > 0; {
		n, bits := nextWindow(rest)
		to, first, last := rest[0].newState, rest[0].seq, rest[n-1].seq
		found, err := s.change(ctx, moveWindow, int64(to.state), to.at, first, last, bits)
		if err != nil {
			return err
		}
		moved += found
		rest = rest[n:]
	}
	if moved != int64(len(p.moves)) {
		return fmt.Errorf("%d of %d task IDs are pending in the file; something else has changed the ledger", moved, len(p.moves))
	}
	return nil
}

// compareMoves brings together the moves that go the same way, in the order of
// the ledger.
func compareMoves(a, b move) int {
	return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
}

// nextWindow returns how many of the first moves go the same way and stand in one window, and
// the bits of their places.
func nextWindow(moves []move) (n int, bits int64) {
	for n < len(moves) && moves[n].newState == moves[0].newState && moves[n].seq-moves[0].seq < windowSize {
		bits |= 1 << (moves[n].seq - moves[0].seq)
		n++
	}
	return n, bits
}
