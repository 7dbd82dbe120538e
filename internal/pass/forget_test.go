package pass

import (
	"fmt"
	"os"
	"testing"
	"time"
)

const day = 24 * time.Hour

// remembering is a trial that remembers for 30 days. Its standing list holds the first
// ten IDs, and the list that came once the next five; both are deleted.
func remembering(tr *trial) (standing, once File) {
	tr.spec.Remember, tr.spec.Tolerant = 30*day, true
	standing, once = tr.file("standing.txt", ids(0, 10)...), tr.file("once.txt", ids(10, 15)...)
	standing.Remember, once.Remember = tr.spec.Remember, tr.spec.Remember
	tr.spec.Inputs = []Source{standing, once}
	tr.want("deleted", tr.pass(tr.Context()).Deleted, int64(15))
	tr.spec.Inputs = []Source{standing}
	return standing, once
}

// nights makes a pass every night, which must find nothing to delete, and returns how
// many IDs the ledger holds at the end.
func (tr *trial) nights(n int, every time.Duration) int64 {
	tr.Helper()
	var known int64
	for range n {
		time.Sleep(every)
		r := tr.pass(tr.Context())
		if r.Loaded != 0 {
			tr.Fatalf("%d IDs of a standing list are loaded anew", r.Loaded)
		}
		known = r.Ledger.Loaded
	}
	return known
}

// TestStandingListIsNotForgotten: it is sent once, for as long as a pass reads it,
// however rarely. What no input names any more is forgotten.
func TestStandingListIsNotForgotten(t *testing.T) {
	for every, passes := range map[time.Duration]int{day: 42, 7 * day: 8, 45 * day: 8} {
		try(t, &far{}, func(tr *trial) {
			_, once := remembering(tr)
			tr.want("known", tr.nights(passes, every), int64(10))
			tr.want("sent", tr.far.requests(), 15)
			tr.spec.Inputs = []Source{once}
			tr.want("loaded anew", tr.pass(tr.Context()).Loaded, int64(5))
		})
	}
}

// TestForgetsNothingWithoutAnInput: while a standing list cannot be read, nobody knows
// what it names.
func TestForgetsNothingWithoutAnInput(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		standing, _ := remembering(tr)
		tr.nights(15, day)
		tr.want("away", os.Rename(standing.Path, standing.Path+".away"), nil)
		tr.want("known", tr.nights(25, day), int64(15))
		tr.want("back", os.Rename(standing.Path+".away", standing.Path), nil)
		tr.want("known", tr.nights(2, day), int64(10))
		tr.want("sent", tr.far.requests(), 15)
	})
}

// TestClockAheadForgetsNothing: ten years pass between two passes, as far as the clock
// tells. What was settled before is not old for that, in this pass or the next ones.
func TestClockAheadForgetsNothing(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		_, once := remembering(tr)
		tr.nights(10, day)
		time.Sleep(10 * 365 * day)
		tr.want("known", tr.nights(5, time.Minute), int64(15))
		tr.spec.Inputs = []Source{once}
		r := tr.pass(tr.Context())
		tr.want("loaded", r.Loaded, int64(0))
		tr.want("duplicates", r.Duplicates, int64(5))
		tr.want("sent", tr.far.requests(), 15)
	})
}

// TestForgetsNothingWithoutAStandingInput: a pass that is made by hand over another
// input does not read the standing list, and keeps what that names.
func TestForgetsNothingWithoutAStandingInput(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		standing, _ := remembering(tr)
		tr.spec.Standing, tr.spec.Inputs = []string{standing.Path}, []Source{tr.file("byhand.txt", ids(20, 21)...)}
		tr.want("deleted", tr.pass(tr.Context()).Deleted, int64(1))
		tr.want("known", tr.nights(45, day), int64(16))
		tr.spec.Inputs = []Source{standing}
		tr.want("known", tr.nights(2, day), int64(11))
		tr.want("sent", tr.far.requests(), 16)
	})
}

// TestBatchOfAnInputIsNotForgotten: an input without an ID of its own is still the batch
// that the pass works with, however long ago it was loaded first, and however many such
// inputs a pass has.
func TestBatchOfAnInputIsNotForgotten(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		remembering(tr)
		again := tr.file("again.txt", ids(0, 10)...)
		again.Remember, tr.spec.OnlyGiven = tr.spec.Remember, true
		tr.spec.Inputs = []Source{again}
		tr.want("known", tr.nights(42, day), int64(10))
		for i := range 120 {
			tr.spec.Inputs = append(tr.spec.Inputs, tr.file(fmt.Sprint(i, ".txt"), ids(i%10, 10)...))
		}
		tr.want("known", tr.nights(2, day), int64(10))
	})
}
