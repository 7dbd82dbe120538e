package sqlite

import (
	"cmp"
	"math"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// lease is an ID that is lent, or can be lent next.
type lease struct {
	queue.Delivery
	pass  queue.PassID // to which it is lent; 0 while it is not
	batch int64        // the batch's first place
	tried bool         // it has a row in attempt; an ID without one is fresh
	due   int64        // the due time in that row, in Unix milliseconds
	since int64        // when it was given back with that due time
	// sampled says that the row is only there because the ID is lent, out of turn.
	sampled bool
}

// leases are the memory of what is lent and what can be lent next. Fresh IDs are
// lent in the order of the ledger, by a cursor that reads ahead; tried ones by
// their due times, from the file. A crash forgets the leases, and so gives
// everything back.
type leases struct {
	held   map[int64]lease // by place
	tried  int             // how many of the leases are tried
	fresh  []lease         // read ahead of the workers, ascending by place
	cursor int64           // every fresh ID up to here is in fresh or held
	handed int64           // the last fresh ID that was lent
	room   int64           // how many were asked for last
	// borrower is the pass to which is lent now.
	borrower queue.PassID
	doubt    doubt
	wake     wakes
	clock    clock
}

// queues is how many queues of waiting IDs there are: those that have their turn
// among the fresh IDs, and those that are behind all fresh IDs.
const queues = 2

// wakes is when the earliest waiting ID of each queue that is not lent becomes
// due; never when none waits. It may be too early and is never too late.
type wakes [queues]int64

// asleep is the wakes of nothing.
func asleep() wakes { return wakes{never, never} }

// at notes that an ID of the queue behind or not behind is due at due.
func (w *wakes) at(behind bool, due int64) {
	q := &w[0]
	if behind {
		q = &w[1]
	}
	*q = min(*q, due)
}

// next is the earlier of the two; zero when nothing waits.
func (w *wakes) next() time.Time {
	if wake := min(w[0], w[1]); wake != never {
		return fromMillis(wake)
	}
	return time.Time{}
}

// sooner takes over the earlier times of others.
func (w *wakes) sooner(others wakes) {
	for q := range w {
		w[q] = min(w[q], others[q])
	}
}

// never is the due time of nothing.
const never = math.MaxInt64

// newLeases returns leases with nothing lent, which knows of nothing that waits.
func newLeases(opened time.Time) leases {
	return leases{held: map[int64]lease{}, clock: clock{opened: opened.UnixMilli()}}
}

// lend notes that l is lent to the borrower.
func (d *leases) lend(l lease) queue.Delivery {
	l.pass = d.borrower
	d.held[l.Seq] = l
	if l.tried {
		d.tried++
	}
	return l.Delivery
}

// settle ends the leases of a plan that has been carried out, while h is held.
func (d *leases) settle(p *plan, h *holds) {
	for _, seq := range p.ended {
		if d.held[seq].tried {
			d.tried--
		}
		delete(d.held, seq)
	}
	for _, l := range p.back {
		if h.covers(l.Seq) {
			h.skip(l.Seq)
			continue
		}
		d.giveBack(l)
	}
	for _, l := range p.returned {
		if l.Alone && h.covers(l.Seq) {
			d.doubt.held = true
		} else if l.Alone {
			l.Alone = false
			d.doubt.waiting = append(d.doubt.waiting, l)
		}
	}
	d.wake.sooner(p.wake)
}

// forget takes IDs that are settled, or lent out of turn, out of what can be lent.
func (d *leases) forget(seqs []int64) {
	gone := func(l lease) bool { return slices.Contains(seqs, l.Seq) }
	d.fresh = slices.DeleteFunc(d.fresh, gone)
	d.doubt.waiting = slices.DeleteFunc(d.doubt.waiting, gone)
}

// keepFresh takes all but those at some places out of what was read ahead.
func (d *leases) keepFresh(at map[int64]bool) {
	d.fresh = slices.DeleteFunc(d.fresh, func(l lease) bool { return !at[l.Seq] })
	d.doubt.waiting = nil // to be recalled
}

// giveBack makes a fresh ID lendable again, in its old place. What stands behind
// the cursor is read from the file when it is reached.
func (d *leases) giveBack(l lease) {
	if l.Seq > d.cursor {
		return
	}
	l.tried, l.sampled, l.due = false, false, 0
	at, _ := slices.BinarySearchFunc(d.fresh, l, func(a, b lease) int { return cmp.Compare(a.Seq, b.Seq) })
	d.fresh = slices.Insert(d.fresh, at, l)
}

// low returns a place at or below which no fresh ID stands: a reopened ledger
// need not look there.
func (d *leases) low() int64 {
	low := d.cursor
	if len(d.fresh) > 0 {
		low = min(low, d.fresh[0].Seq-1)
	}
	for seq, l := range d.held {
		if !l.tried || l.sampled { // a sampled one may come back to its place
			low = min(low, seq-1)
		}
	}
	return low
}

// lentFresh reports whether an ID without a history is lent.
func (d *leases) lentFresh() bool { return len(d.held) > d.tried }
