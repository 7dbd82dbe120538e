package policy

import (
	"math"
	"testing"
	"time"
)

// TestTallyOver: a part of the span is counted, also one that lies back.
func TestTallyOver(t *testing.T) {
	y := newTally(10)
	for i := range 1200 { // 100 a second for 12 s
		y.add(float64(i)/100, 1)
	}
	for _, tt := range []struct{ t, length, want float64 }{
		{11.9, 1, 100}, {8, 1, 100}, {8, 2, 200}, {3, 1, 100}, {0.5, 1, 50}, {14, 1, 0}, {12.5, 1, 50},
	} {
		if got := y.over(tt.t, tt.length); math.Abs(got-tt.want) > 3 {
			t.Errorf("in the %v s before %v: %v, want %v", tt.length, tt.t, got, tt.want)
		}
	}
}

// TestLateRefusal: what is known of the limit when a refusal comes late is what was accepted
// before that request left, and not what was accepted since: by then all workers may be held.
func TestLateRefusal(t *testing.T) {
	p := NewPace(PaceRules{Ceiling: 200, Floor: 0.1}, PaceLearned{})
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	for ms := 0; ms < 3000; ms += 20 {
		p.Sent(at(ms))
		p.Note(at(ms+10), PaceReply{Sent: at(ms), End: PaceAccepted})
	}
	for ms := 3000; ms < 3320; ms += 20 {
		p.Sent(at(ms))
	}
	for ms := 3000; ms < 3320; ms += 20 {
		p.Note(at(ms+2000), PaceReply{Sent: at(ms), End: PaceRefused})
	}
	if got := p.Learned().Rate; got < 45 || got > 55 {
		t.Errorf("a limit of %v requests a second is believed, where 50 were let through", got)
	}
}
