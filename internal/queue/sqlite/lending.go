package sqlite

import (
	"cmp"
	"math"
	"slices"

	"cleaner/internal/queue"
)

// loan is an ID that is lent, or can be lent next.
type loan struct {
	queue.Delivery
	batch int64 // the batch's first place
	tried bool  // it has a row in attempt; an ID without one is fresh
	due   int64 // the due time in that row, in Unix milliseconds
	out   bool  // that row says that it is lent
}

// desk is the memory of what is lent and what can be lent next. Fresh IDs are
// lent in the order of the ledger, by a cursor that reads ahead; tried ones by
// their due times, from the file. A crash forgets the desk, and so gives
// everything back.
type desk struct {
	loans  map[int64]loan // by place
	tried  int            // how many of the loans are tried
	fresh  []loan         // read ahead of the workers, ascending by place
	cursor int64          // every fresh ID up to here is in fresh or in loans
	handed int64          // the last fresh ID that was lent
	room   int64          // how many were asked for last
	// suspect is how far an earlier process had lent when it ended without
	// settling: fresh IDs up to here may have been sent by it.
	suspect int64
	// died says that this process ended by dying: then what may have killed it is
	// among the suspects, and they are lent one at a time.
	died bool
	// wake is when the earliest waiting ID that is not lent becomes due; never
	// when none waits. It may be too early and is never too late.
	wake int64
}

// never is the due time of nothing.
const never = math.MaxInt64

// newDesk returns a desk with nothing lent, which knows of nothing that waits.
func newDesk() desk { return desk{loans: map[int64]loan{}} }

// lend notes that l is lent.
func (d *desk) lend(l loan) queue.Delivery {
	d.loans[l.Seq] = l
	if l.tried {
		d.tried++
	}
	return l.Delivery
}

// settle ends the loans of a plan that has been carried out.
func (d *desk) settle(p *plan) {
	for _, seq := range p.ended {
		if d.loans[seq].tried {
			d.tried--
		}
		delete(d.loans, seq)
	}
	for _, l := range p.back {
		d.giveBack(l)
	}
	d.wake = min(d.wake, p.wake)
}

// forget takes fresh IDs that are settled out of what can be lent.
func (d *desk) forget(ended []int64) {
	d.fresh = slices.DeleteFunc(d.fresh, func(l loan) bool { return slices.Contains(ended, l.Seq) })
}

// giveBack makes a fresh ID lendable again, in its old place.
func (d *desk) giveBack(l loan) {
	at, _ := slices.BinarySearchFunc(d.fresh, l, func(a, b loan) int { return cmp.Compare(a.Seq, b.Seq) })
	d.fresh = slices.Insert(d.fresh, at, l)
}

// low returns a place at or below which no fresh ID stands: a reopened ledger
// need not look there.
func (d *desk) low() int64 {
	low := d.cursor
	if len(d.fresh) > 0 {
		low = min(low, d.fresh[0].Seq-1)
	}
	for seq, l := range d.loans {
		if !l.tried {
			low = min(low, seq-1)
		}
	}
	return low
}

// lentFresh reports whether an ID without a history is lent.
func (d *desk) lentFresh() bool { return len(d.loans) > d.tried }
