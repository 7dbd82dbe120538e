package policy

import (
	"testing"
	"time"
)

// restarted is a pace that was learned before, and what a test does with it.
type restarted struct {
	*Pace
	now time.Duration
}

func restart(known PaceLearned) *restarted {
	return &restarted{NewPace(PaceRules{Ceiling: 1000, Floor: 0.1}, known), time.Second}
}

// answer has n requests leave when they may, each of which is answered before the next.
func (p *restarted) answer(n int, end PaceEnd) {
	for range n {
		if at, ok := p.Next(p.now); ok {
			p.now = max(p.now, at)
		}
		p.Sent(p.now)
		p.now += 10 * time.Millisecond
		p.Note(p.now, PaceReply{Sent: p.now - 10*time.Millisecond, End: end})
	}
}

// TestRestart: a pace that was learned before begins below it, and believes it once enough
// was accepted. What it has learned is no less after a pass in which nothing was refused, however short that was.
func TestRestart(t *testing.T) {
	p := restart(PaceLearned{Rate: 50, Span: 20 * time.Second})
	begins := p.Rate(p.now)
	p.answer(restartAnswers-1, PaceAccepted)
	if before := p.Rate(p.now); begins > 47.5 || before > 47.5 {
		t.Errorf("it begins at %.1f and is at %.1f after %d answers, and should stay below 47.5", begins, before, restartAnswers-1)
	}
	p.answer(1, PaceAccepted)
	if got := p.Rate(p.now); got < 49 {
		t.Errorf("%.1f a second after %d answers, want 49", got, restartAnswers)
	}
	if got := p.Learned().Rate; got != 50 {
		t.Errorf("%.1f learned, want 50", got)
	}
}

// TestRestartAtLowerLimit: what was learned before is no longer believed after the first refusal.
func TestRestartAtLowerLimit(t *testing.T) {
	p := restart(PaceLearned{Rate: 50, Span: 20 * time.Second, Cost: 1})
	p.answer(restartAnswers/2, PaceAccepted)
	p.answer(1, PaceRefused)
	if got := p.Learned().Rate; got > 47.5 {
		t.Errorf("%.1f after a refusal, want at most 47.5", got)
	}
}

// TestRestartIsPatient: where refusals are known to be held back, the first answers of a pass say too
// little of how long accepted requests take to tell that one is overdue.
func TestRestartIsPatient(t *testing.T) {
	p := restart(PaceLearned{Rate: 50, Held: 2 * time.Second, Cost: 10, Span: 20 * time.Second})
	p.answer(3, PaceAccepted)
	p.Sent(p.now)
	before := p.Rate(p.now)
	for range 5 { // all are under way
		p.now += 30 * time.Millisecond
		p.Sent(p.now)
	}
	if got := p.Rate(p.now); got < before {
		t.Errorf("%.1f a second while answers take longer than the first ones, and %.1f before", got, before)
	}
}

// TestHeldRefusalsAreNoWindow: while refusals are held back nothing may be left to send. The time
// until they come is no time in which all was refused.
func TestHeldRefusalsAreNoWindow(t *testing.T) {
	p := restart(PaceLearned{Rate: 50, Held: 2 * time.Second, Cost: 10, Span: 20 * time.Second})
	p.answer(60, PaceAccepted)
	var left []time.Duration
	for range 16 {
		at, _ := p.Next(p.now)
		p.now = max(p.now, at)
		p.Sent(p.now)
		left = append(left, p.now)
	}
	for _, sent := range left {
		p.now = sent + 2*time.Second
		p.Note(p.now, PaceReply{Sent: sent, End: PaceRefused})
	}
	p.answer(1, PaceAccepted)
	if got := p.Learned(); got.Window != 0 || got.Rate < 45 || p.State(p.now).Blocked {
		t.Errorf("%v, window %v, blocked: %v; want about 48 a second, and nothing of a window", got, got.Window, p.State(p.now).Blocked)
	}
}

// TestOverdueIsUndone: a request that was overdue and is accepted after all was only slow, and
// changes nothing of what is believed.
func TestOverdueIsUndone(t *testing.T) {
	for _, tt := range []struct {
		end  PaceEnd
		want bool // what was believed is believed again
	}{{PaceAccepted, true}, {PaceRefused, false}} {
		p := restart(PaceLearned{Rate: 50, Held: 2 * time.Second, Cost: 10, Span: 20 * time.Second})
		p.answer(60, PaceAccepted)
		p.signs.credit = -1 // an event counts
		before := p.sweep
		slow := p.now
		p.Sent(slow)
		p.now += 100 * time.Millisecond
		p.Sent(p.now)
		if p.mode != paceHolding || p.sweep.ref >= before.ref {
			t.Fatalf("mode %v, %.1f of %.1f: nothing is overdue", p.mode, p.sweep.ref, before.ref)
		}
		p.Note(p.now, PaceReply{Sent: slow, End: tt.end})
		if again := p.sweep.ref == before.ref && p.sweep.span == before.span && p.mode == paceCruising; again != tt.want {
			t.Errorf("end %v: %+v in mode %v, before it was %+v; believed again: %v, want %v", tt.end, p.sweep, p.mode, before, again, tt.want)
		}
	}
}
