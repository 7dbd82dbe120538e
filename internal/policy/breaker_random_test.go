package policy

import (
	"math/rand/v2"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// history is a random one of a breaker, with what a probe must not do kept
// beside it.
type history struct {
	*testing.T
	*rand.Rand
	b     *Breaker
	now   time.Time
	under []Ticket  // requests on their way
	probe Ticket    // the one that left while it was open, until it ends
	least time.Time // no probe may leave before
}

// TestBreakerHoldsItsPromises: never more than one probe under way, never two
// within an interval, nobody pays while it is open, it is closed after each
// clearing answer, and leave is always to be had in the end.
func TestBreakerHoldsItsPromises(t *testing.T) {
	probes, closings := 0, 0
	for seed := range uint64(300) {
		h := &history{T: t, Rand: rand.New(rand.NewPCG(seed, 7)), b: &Breaker{Retry: usual}, now: noon}
		for range 400 {
			h.now = h.now.Add(time.Duration(h.Int64N(int64(10 * time.Second))))
			open := h.b.State().Open
			switch {
			case h.IntN(2) == 0:
				h.ask()
			case len(h.under) > 0:
				h.end()
			}
			if h.probe != 0 {
				probes++
			}
			if open && !h.b.State().Open {
				closings++
			}
			if t.Failed() {
				t.Fatalf("seed %d, %v after noon: %+v", seed, h.now.Sub(noon), h.b.State())
			}
		}
		for _, ticket := range h.under {
			h.b.GiveBack(ticket)
		}
		if _, _, ok := h.b.Admit(h.now.Add(usual.Max)); !ok {
			t.Fatalf("seed %d: no leave although nothing is under way", seed)
		}
	}
	if probes == 0 || closings == 0 {
		t.Errorf("%d probes and %d closings show nothing", probes, closings)
	}
}

// ask asks for leave.
func (h *history) ask() {
	open := h.b.State().Open
	ticket, at, ok := h.b.Admit(h.now)
	if !ok {
		if !open || !at.IsZero() && !at.After(h.now) {
			h.Errorf("refused until %v", at)
		}
		return
	}
	h.under = append(h.under, ticket)
	if !open {
		return
	}
	if h.probe != 0 || h.now.Before(h.least) {
		h.Errorf("a probe leaves beside %d, %v too early", h.probe, h.least.Sub(h.now))
	}
	h.probe = ticket
}

// end ends a request, by an answer or by giving it back.
func (h *history) end() {
	i := h.IntN(len(h.under))
	ticket := h.under[i]
	h.under = append(h.under[:i], h.under[i+1:]...)
	if h.IntN(8) == 0 {
		h.b.GiveBack(ticket)
	} else {
		h.answer(ticket)
	}
	if ticket == h.probe || !h.b.State().Open {
		h.probe = 0
	}
}

// answer notes an answer, more often a failure than not.
func (h *history) answer(ticket Ticket) {
	answers := []answer.Answer{
		good, running, malformed, throttled, forbidden,
		{Fault: answer.FaultLogin},
		{Fault: answer.FaultCanceled},
		busy, silent, refusedConnection, busy, busy, silent, busy, busy, silent,
	}
	a := answers[h.IntN(len(answers))]
	rl, before := DefaultTable().Judge(a), h.b.State()
	out := h.b.Note(rl, a, Asked{Seq: h.Int64N(40), Ticket: ticket}, h.now)
	state := h.b.State()
	switch {
	case (rl.Verdict == Deleted || rl.Verdict == Never || a.Codes != nil && rl.Verdict == Later && !rl.Slow) && state.Open:
		h.Errorf("open after %+v", a)
	case state.Open && before.Open && !out.Spare:
		h.Errorf("%+v costs an attempt", a)
	case state.Open && (!before.Open || ticket != 0 && ticket == h.probe && a.Fault != answer.FaultLogin):
		h.least = h.now.Add(usual.Initial)
	}
}
