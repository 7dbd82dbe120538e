package main

import (
	"context"
	"slices"
)

// witness remembers across the processes of one trial what the ledger has said,
// and holds each later look against it.
type witness struct {
	settled map[string]settled // what the ledger has said is settled
	seen    map[string]int     // requests that the service had had at the last look
	// inDoubt are the IDs that may have been in flight when a process died: they
	// were not settled then, and had been sent since the look before.
	inDoubt map[string]bool
	// interrupted is how often a process ended in the middle of its work: each
	// time as many requests may be repeated as there are workers.
	interrupted int
	given       bool // a load was whole: every ID must be there from then on
}

// settled is an ID's end as it was first seen.
type settled struct {
	state    state
	requests int // that the service had had by then
}

func newWitness() witness {
	return witness{settled: map[string]settled{}, seen: map[string]int{}, inDoubt: map[string]bool{}}
}

// forget forgets what the ledger has said: some of it was taken from the file,
// the load perhaps as well.
func (w *witness) forget() {
	*w = witness{newWitness().settled, w.seen, w.inDoubt, w.interrupted, false}
}

// look looks at the ledger, the results file and the service while no cleaner
// process lives, and notes as broken promises:
//
//   - an input that is loaded in part, or an ID that is no longer there;
//   - a settled ID that has another state than before, or none;
//   - a settled ID that was sent again since it was seen settled;
//   - a line in the results that the ledger does not know of;
//   - more requests repeated than one for each worker and interruption, or one
//     repeated that was not in flight at one. See repeats.
func (t *trial) look(ctx context.Context) error {
	l, err := readLedger(ctx, t.ledgerPath())
	if err != nil {
		return err
	}
	lines, err := readLines(t.resultsPath())
	if err != nil {
		return err
	}
	t.lookForAll(l)
	for _, id := range t.ids {
		t.lookAtSettled(id, l[id])
		t.lookAtLine(id, l[id], lines[id])
		t.seen[id] = t.sim.TruthOf(id).Requests
	}
	t.lookAtRepeats(l)
	return nil
}

// struck notes that a process ended in the middle of its work, and looks.
func (t *trial) struck(ctx context.Context) error {
	t.interrupted++
	t.kills++
	t.quiet()
	l, err := readLedger(ctx, t.ledgerPath())
	if err != nil {
		return err
	}
	for _, id := range t.ids {
		if !l[id].state.settled() && t.sim.TruthOf(id).Requests > t.seen[id] {
			t.inDoubt[id] = true
		}
	}
	return t.look(ctx)
}

// lookForAll wants all IDs or none, and all from when a load was whole.
func (t *trial) lookForAll(l ledger) {
	there := 0
	for _, id := range t.ids {
		if _, ok := l[id]; ok {
			there++
		}
	}
	if there != len(l) {
		t.violate("the ledger has %d IDs that were never given", len(l)-there)
	}
	if (there > 0 || t.given) && there < len(t.ids) {
		t.lost += len(t.ids) - there
		t.violate("the ledger has %d of %d IDs", there, len(t.ids))
	}
	t.given = t.given || there > 0
}

// lookAtSettled wants a settled ID to stay as it was, and to be left in peace.
func (t *trial) lookAtSettled(id string, e entry) {
	requests := t.sim.TruthOf(id).Requests
	was, known := t.settled[id]
	switch {
	case known && e.state != was.state:
		t.wrong++
		t.violate("%s was %s and is now %q", id, was.state, e.state)
	case known && requests != was.requests:
		t.wrong++
		t.violate("%s was %s after %d requests, and was sent again: %d", id, was.state, was.requests, requests)
	case !known && e.state.settled():
		t.settled[id] = settled{e.state, requests}
	}
}

// lookAtLine wants what has been told to be in the ledger: it is written down
// before anybody is told.
func (t *trial) lookAtLine(id string, e entry, lines []line) {
	if len(lines) == 0 {
		return
	}
	if last := lines[len(lines)-1]; last.Outcome != e.state {
		t.wrong++
		t.violate("%s is %s in the results, but %q in the ledger", id, last.Outcome, e.state)
	}
}

// lookAtRepeats counts the requests that nothing but a death explains.
func (t *trial) lookAtRepeats(l ledger) {
	t.resends = 0
	if t.robbed {
		t.resends = t.sim.Truth().RepeatsAfterAnswer
		return
	}
	for _, id := range t.ids {
		n := t.repeats(id, l[id])
		if n > 0 && !t.inDoubt[id] {
			t.violate("%s was sent %d times too often, and was in flight at no death", id, n)
		}
		t.resends += int64(n)
	}
	if most := int64(t.interrupted * workers); t.resends > most {
		t.violate("%d requests were repeated, but %d workers were interrupted %d times", t.resends, workers, t.interrupted)
	}
}

// repeats is how many requests for an ID nothing but a death explains. Where
// the service has no faults that is each one that the ledger does not know of:
// an ID that is settled well has had one, and one that waits or is dead as many
// as it has attempts. Elsewhere it is each one after a final answer; beyond
// these there may be as many as the faults have times.
func (t *trial) repeats(id string, e entry) int {
	truth := t.sim.TruthOf(id)
	if len(t.setup.faults) > 0 || t.setup.outage {
		return truth.RepeatsAfterAnswer
	}
	known := e.attempts
	if e.state == "deleted" || e.state == "gone" {
		known = 1
	}
	unknown := truth.Requests - known
	if t.inDoubt[id] && !e.state.settled() || e.poison {
		unknown-- // the first of them is no repetition
	}
	return max(unknown, 0)
}

// pendingShare is the share of the IDs that are not settled, for the choice of
// the next kill.
func (t *trial) pendingShare() float64 {
	return 1 - float64(len(t.settled))/float64(len(t.ids))
}

// states lists the IDs in each state.
func (l ledger) states() map[state][]string {
	by := map[state][]string{}
	for id, e := range l {
		by[e.state] = append(by[e.state], id)
	}
	for _, ids := range by {
		slices.Sort(ids)
	}
	return by
}
