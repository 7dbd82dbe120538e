package sqlite

import (
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// plan is what a Settle means for the ledger: all that it writes, and how the
// leases look after it.
type plan struct {
	pass      queue.PassID // for which it counts
	moves     []move
	histories []history
	finished  seqList // IDs whose history ends
	returned  []lease // tried IDs that were not sent this time
	tallies   []tally

	checkpoint *checkpoint // the checkpoint after it; nil when that stays

	ended []int64 // the leases that end
	back  []lease // fresh IDs that were not sent
	wake  wakes   // the earliest due times among those that wait
}

// move is one task's way into another state.
type move struct {
	newState
	seq int64
}

// newState is the state as it is stored, and when it was reached, in Unix seconds.
type newState struct {
	state queue.State
	at    int64
}

// history is the outcome of an ID that is to be remembered. A waiting ID has a
// due time in Unix milliseconds; a dead one has nil.
type history struct {
	queue.Outcome
	due  any
	held bool // its batch is held
}

// tally is how the counters of a batch change, by stored state; queue.Pending
// counts the waiting ones too, and waiting those of them that were sent. No plan withdraws.
type tally struct {
	batch  int64
	change [states]int64
}

// newPlan decides what outcomes of a pass mean, given the leases there are. One that
// does not say when it was reached was reached now.
func newPlan(pass queue.PassID, leases map[int64]lease, outcomes []queue.Outcome, now time.Time) (*plan, error) {
	p := &plan{
		pass:  pass,
		wake:  asleep(),
		moves: make([]move, 0, len(outcomes)),
		ended: make([]int64, 0, len(outcomes)),
	}
	for _, o := range outcomes {
		d := o.Delivery
		l, lent := leases[d.Seq]
		switch {
		case !lent || l.ID != d.ID:
			return nil, fmt.Errorf("task ID %q, place %d, is not lent: it is unknown or settled already", d.ID, d.Seq)
		case l.pass != pass:
			return nil, fmt.Errorf("task ID %q, place %d, is lent to another pass", d.ID, d.Seq)
		case o.State > queue.Dead:
			return nil, fmt.Errorf("task ID %q, place %d: there is no state %d", d.ID, d.Seq, o.State)
		}
		if o.At.IsZero() {
			o.At = now
		}
		p.add(l, o)
	}
	slices.Sort(p.ended)
	for i := 1; i < len(p.ended); i++ {
		if seq := p.ended[i]; seq == p.ended[i-1] {
			return nil, fmt.Errorf("task ID %q, place %d, has two outcomes", leases[seq].ID, seq)
		}
	}
	return p, nil
}

// add decides what the outcome o of the lease l means.
func (p *plan) add(l lease, o queue.Outcome) {
	p.ended = append(p.ended, l.Seq)
	switch {
	case o.State == queue.Pending && asItCame(l, o):
		p.unsent(l, o)
	case o.State == queue.Pending:
		p.wait(l, o, dueTime(o))
	case o.State == queue.Dead:
		p.histories = append(p.histories, history{Outcome: o})
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

// asItCame reports whether l goes back with the history that it had: it was never
// sent, and nothing else was learned of it.
func asItCame(l lease, o queue.Outcome) bool {
	learned := o.Behind && (!l.Behind || o.Attempts != l.Attempts)
	return o.FirstAt.IsZero() && !learned
}

// dueTime is when o is due, as it is stored; the zero time is at once.
func dueTime(o queue.Outcome) int64 {
	if o.Due.IsZero() {
		return o.At.UnixMilli()
	}
	return millis(o.Due)
}

// wait lets an ID wait until due.
func (p *plan) wait(l lease, o queue.Outcome, due int64) {
	if o.FirstAt.IsZero() {
		o.FirstAt = l.FirstAt
	}
	p.wake.at(o.Behind, due)
	p.histories = append(p.histories, history{Outcome: o, due: due})
	p.move(l, o, waiting)
}

// unsent gives back an ID that was not sent this time, with the history it had;
// only its due time may be new. Otherwise it is due by the clock of At, as it was
// when it was lent.
func (p *plan) unsent(l lease, o queue.Outcome) {
	later := o.Due.After(o.At)
	if later {
		l.due = millis(o.Due)
	} else {
		l.due = min(l.due, o.At.UnixMilli())
	}
	l.since = millis(o.At)
	switch {
	case l.tried && !l.sampled:
		p.wake.at(l.Behind, l.due)
		p.returned = append(p.returned, l)
	case later:
		o.Lost = l.Lost
		p.wait(l, o, l.due)
	default:
		p.back = append(p.back, l)
		p.unsample(l, o)
	}
}

// unsample removes the row that a sampled ID has only while it is lent.
func (p *plan) unsample(l lease, o queue.Outcome) {
	if l.sampled {
		p.finished = p.finished.add(l.Seq)
		p.moves = append(p.moves, move{newState{queue.Pending, o.At.Unix()}, l.Seq})
	}
}

// writes reports whether there is anything to write.
func (p *plan) writes() bool {
	return len(p.moves)+len(p.histories)+len(p.finished)+len(p.returned)+len(p.tallies) > 0 || p.checkpoint != nil
}

// move takes an ID from pending, where all that are lent stand, to the stored
// state to.
func (p *plan) move(l lease, o queue.Outcome, to queue.State) {
	if !l.tried || to != waiting {
		p.moves = append(p.moves, move{newState{to, o.At.Unix()}, l.Seq})
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

// settled counts the IDs that p settles, by state.
func (p *plan) settled() (n queue.ByState) {
	for _, t := range p.tallies {
		for s := queue.Deleted; s <= queue.Dead; s++ {
			n[s] += t.change[s]
		}
	}
	return n
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
