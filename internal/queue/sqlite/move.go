package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Both statements take the places to move after the new state and its time. In
// a list a task costs up to twice what it costs in a run; but each run is a statement
// of its own, and not worth it for a few tasks.
const (
	moveRun  = `UPDATE task SET state = ?, at = ? WHERE seq BETWEEN ? AND ? AND state IN (0, 5)`
	leastRun = 8
)

// moveLists are the statements for so many places each, the fewest first. A place that is
// bound costs half of one that is read from a JSON array.
var moveLists = [...]moveList{newMoveList(4), newMoveList(16), newMoveList(64)}

// moveList is the statement that moves a list of places.
type moveList struct {
	most  int
	query string
}

func newMoveList(most int) moveList {
	return moveList{most, `UPDATE task SET state = ?, at = ? WHERE seq IN (?` + strings.Repeat(", ?", most-1) + `) AND state IN (0, 5)`}
}

// moveListed moves the tasks of a list and returns how many it found.
func moveListed(ctx context.Context, s *store, to way, seqs []int64) (moved int64, err error) {
	for len(seqs) > 0 && err == nil {
		list := moveLists[len(moveLists)-1]
		for i := len(moveLists) - 1; i >= 0 && len(seqs) <= moveLists[i].most; i-- {
			list = moveLists[i]
		}
		n := min(len(seqs), list.most)
		args := append(make([]any, 0, list.most+2), int64(to.state), to.at)
		for i := range list.most {
			args = append(args, seqs[min(i, n-1)]) // the last one fills the rest
		}
		found, failed := s.change(ctx, list.query, args...)
		moved, seqs, err = moved+found, seqs[n:], failed
	}
	return moved, err
}

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
	var list []int64
	to := moves[0].way
	for rest := moves; len(rest) > 0 && err == nil; {
		n, run := int64(0), leading(rest, func(a, b move) bool { return a.seq+1 == b.seq })
		if run >= leastRun {
			n, err = s.change(ctx, moveRun, int64(to.state), to.at, rest[0].seq, rest[run-1].seq)
			moved += n
		} else {
			for _, m := range rest[:run] {
				list = append(list, m.seq)
			}
		}
		rest = rest[run:]
	}
	if err != nil {
		return moved, err
	}
	n, err := moveListed(ctx, s, to, list)
	return moved + n, err
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
