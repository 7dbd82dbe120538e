package policy

import (
	"math"
	"time"
)

// PaceState is how a pace is, for people.
type PaceState struct {
	// Rate is how many requests a second may leave now, Ceiling the most there may ever be,
	// and Leave the share of the limit that is left to others.
	Rate, Ceiling, Leave float64
	// Took is how long a request takes; 0 before the first answer.
	Took time.Duration
	// Asked is until when the service has asked for nothing to be sent, since the pace
	// began.
	Asked time.Duration
	// Achieved is how many requests a second have left in the last ten seconds and were not
	// refused, and Ran how long the pace has run.
	Achieved float64
	Ran      time.Duration
	// Quota is how many requests a second the service says are left; 0 when it does not.
	Quota float64
	// Learned is what is believed of the limit; zero when none was met.
	Learned PaceLearned
	// Blocked says that everything is refused, and one request at a time looks whether that
	// has ended.
	Blocked bool
}

// State returns how the pace is at now.
func (p *Pace) State(now time.Duration) PaceState {
	t := seconds(now)
	s := PaceState{
		Rate: p.Rate(now), Ceiling: p.rules.Ceiling, Leave: p.rules.Leave, Asked: span(p.turn.asked),
		Learned: p.Learned(), Blocked: p.mode == paceBlocked, Ran: now,
	}
	if over := min(t, p.counts.late.span); over > 0 {
		s.Achieved = p.counts.late.count(t) / over
	}
	if q := p.quota.rate(t); !math.IsInf(q, 1) {
		s.Quota = q
	}
	if p.window.whole > 0 {
		s.Took = span(p.signs.took)
	}
	return s
}

// SetCeiling changes the most requests a second.
func (p *Pace) SetCeiling(perSecond float64) { p.rules.Ceiling = perSecond }
