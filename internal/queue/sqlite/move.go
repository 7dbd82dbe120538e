package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Both statements take the places to move after the new state and its time. In
// a list a task costs twice what it costs in a run; but each run is a statement
// of its own, and not worth it for a few tasks.
const (
	moveRun  = `UPDATE task SET state = ?, at = ? WHERE seq BETWEEN ? AND ? AND state IN (0, 5)`
	moveList = `UPDATE task SET state = ?, at = ?
		WHERE seq IN (SELECT value FROM json_each(?)) AND state IN (0, 5)`
	leastRun = 8
)

// moveTasks changes the states of tasks: all that go the same way in one
// statement, but for longer runs of neighbours, which have one each.
func moveTasks(ctx context.Context, s *store, p *plan) error {
	slices.SortFunc(p.moves, compareMoves)
	moved := int64(0)
	for rest := p.moves; len(rest) > 0; {
		alike := leading(rest, func(a, b move) bool { return a.way == b.way })
		n, err := moveAlike(ctx, s, rest[:alike])
		if err != nil {
			return err
		}
		moved += n
		rest = rest[alike:]
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

// moveAlike carries out moves that go the same way and returns how many tasks
// it found.
func moveAlike(ctx context.Context, s *store, moves []move) (moved int64, err error) {
	var list seqList
	to := moves[0].way
	for rest := moves; len(rest) > 0 && err == nil; {
		n, run := int64(0), leading(rest, func(a, b move) bool { return a.seq+1 == b.seq })
		if run >= leastRun {
			n, err = s.change(ctx, moveRun, int64(to.state), to.at, rest[0].seq, rest[run-1].seq)
			moved += n
		} else {
			for _, m := range rest[:run] {
				list = list.add(m.seq)
			}
		}
		rest = rest[run:]
	}
	if err == nil && len(list) > 0 {
		var n int64
		n, err = s.change(ctx, moveList, int64(to.state), to.at, list.json())
		moved += n
	}
	return moved, err
}

// leading returns how many of the first moves belong together, each with the
// one behind it.
func leading(moves []move, together func(a, b move) bool) int {
	n := 1
	for n < len(moves) && together(moves[n-1], moves[n]) {
		n++
	}
	return n
}
