package sqlite

import (
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// plan is what a Settle means for the ledger: all that it writes, and how the
// desk looks after it.
type plan struct {
	moves     []move
	histories []history
	finished  seqList // IDs whose history ends
	returned  []loan  // tried IDs that were not sent this time
	tallies   []tally

	mark *mark // the mark after it; nil when that stays

	ended []int64 // the loans that end
	back  []loan  // fresh IDs that were not sent
	wake  int64   // the earliest due time among those that wait
}

// move is one task's way into another state.
type move struct {
	way
	seq int64
}

// way is the state as it is stored, and when it was reached, in Unix seconds.
type way struct {
	state queue.State
	at    int64
}

// history is the outcome of an ID that is to be remembered. A waiting ID has a
// due time in Unix milliseconds; a dead one has nil.
type history struct {
	queue.Outcome
	due any
}

// tally is how the counters of a batch change, by stored state; queue.Pending
// counts the waiting ones too, and waiting those of them that were sent.
type tally struct {
	batch  int64
	change [waiting + 1]int64
}

// newPlan decides what outcomes mean, given the loans there are.
func newPlan(loans map[int64]loan, outcomes []queue.Outcome, now time.Time) (*plan, error) {
	p := &plan{
		wake:  never,
		moves: make([]move, 0, len(outcomes)),
		ended: make([]int64, 0, len(outcomes)),
	}
	for _, o := range outcomes {
		d := o.Delivery
		l, lent := loans[d.Seq]
		switch {
		case !lent || l.ID != d.ID:
			return nil, fmt.Errorf("task ID %q, place %d, is not lent: it is unknown or settled already", d.ID, d.Seq)
		case o.State > queue.Dead:
			return nil, fmt.Errorf("task ID %q, place %d: there is no state %d", d.ID, d.Seq, o.State)
		}
		p.add(l, o, now)
	}
	slices.Sort(p.ended)
	for i := 1; i < len(p.ended); i++ {
		if seq := p.ended[i]; seq == p.ended[i-1] {
			return nil, fmt.Errorf("task ID %q, place %d, has two outcomes", loans[seq].ID, seq)
		}
	}
	return p, nil
}

// add decides what the outcome o of the loan l means.
func (p *plan) add(l loan, o queue.Outcome, now time.Time) {
	p.ended = append(p.ended, l.Seq)
	if o.At.IsZero() {
		o.At = now
	}
	switch {
	case o.State == queue.Pending && o.FirstAt.IsZero():
		p.unsent(l, o, now)
	case o.State == queue.Pending:
		p.wait(l, o, dueTime(o.Due, now))
	case o.State == queue.Dead:
		p.histories = append(p.histories, history{o, nil})
		p.move(l, o, queue.Dead)
	default:
		if l.tried {
			p.finished = p.finished.add(l.Seq)
		}
		p.move(l, o, o.State)
	}
}

// unsentOnly reports whether all that p settles goes back as it came.
func (p *plan) unsentOnly() bool { return len(p.ended) == len(p.back)+len(p.returned) }

// floor lets no move be older than the pass it belongs to, whatever the clock did.
func (p *plan) floor(began int64) {
	for i := range p.moves {
		p.moves[i].at = max(p.moves[i].at, began)
	}
}

// dueTime is t as it is stored; the zero time is at once.
func dueTime(t, now time.Time) int64 {
	if t.IsZero() {
		return now.UnixMilli()
	}
	return millis(t)
}

// wait lets an ID wait until due.
func (p *plan) wait(l loan, o queue.Outcome, due int64) {
	p.wake = min(p.wake, due)
	p.histories = append(p.histories, history{o, due})
	p.move(l, o, waiting)
}

// unsent gives back an ID that was not sent this time, with the history it had;
// only its due time may be new.
func (p *plan) unsent(l loan, o queue.Outcome, now time.Time) {
	later := o.Due.After(now)
	if later {
		l.due = millis(o.Due)
	}
	switch {
	case l.tried:
		p.wake = min(p.wake, l.due)
		p.returned = append(p.returned, l)
	case later:
		o.Lost = l.Lost
		p.wait(l, o, l.due)
	default:
		p.back = append(p.back, l)
	}
}

// move takes an ID from pending, where all that are lent stand, to the stored
// state to.
func (p *plan) move(l loan, o queue.Outcome, to queue.State) {
	if !l.tried || to != waiting {
		p.moves = append(p.moves, move{way{to, o.At.Unix()}, l.Seq})
	}
	t := p.tally(l.batch)
	t.change[queue.Pending]--
	if !l.FirstAt.IsZero() {
		t.change[waiting]--
	}
	switch {
	case to != waiting:
		t.change[to]++
	case o.FirstAt.IsZero():
		t.change[queue.Pending]++
	default:
		t.change[queue.Pending]++
		t.change[waiting]++
	}
}

// tally returns the tally of batch. A plan knows few batches, mostly one.
func (p *plan) tally(batch int64) *tally {
	for i := range p.tallies {
		if p.tallies[i].batch == batch {
			return &p.tallies[i]
		}
	}
	p.tallies = append(p.tallies, tally{batch: batch})
	return &p.tallies[len(p.tallies)-1]
}
