package policy

import (
	"fmt"
	"math"
	"time"
)

// PaceBound is what bounds the requests of a pass.
type PaceBound uint8

// What may bound requests.
const (
	PaceUnbound   PaceBound = iota // nothing is known to
	PaceByLimit                    // how many requests the service lets through
	PaceByLatency                  // how long answers take where the service lets only some requests through at once
	PaceByWorkers                  // how many requests our workers send at once
	PaceByCeiling                  // limits.rate
	PaceWaiting                    // nothing is sent for now
	paceBounds
)

// PaceBounds is how many there are.
const PaceBounds = int(paceBounds)

// String is the bound's name; empty for PaceUnbound.
func (b PaceBound) String() string {
	return [...]string{"", "limit", "latency", "workers", "ceiling", "waiting"}[b]
}

// PaceEstimate is how long requests take, and why.
type PaceEstimate struct {
	// Rate is how many requests a second are to be expected; +Inf when nothing bounds them.
	Rate float64
	// Lasts is how long the requests take; 0 when that is not known. Least says that it may
	// well be longer, as no limit of the service is known.
	Lasts time.Duration
	Least bool
	Bound PaceBound
	Why   string // what bounds them, and what would change that; empty for PaceUnbound
}

// Estimate says how long so many requests take so many workers, by Little's law and the
// limit that was learned.
func (s PaceState) Estimate(requests int64, workers int) PaceEstimate {
	e := s.expect(workers)
	e.Least = e.Bound == PaceByCeiling
	if s.tells(e.Rate) {
		e.Rate = min(s.Achieved, s.Ceiling)
	}
	if requests > 0 && e.Rate > 0 && !math.IsInf(e.Rate, 1) {
		e.Lasts = span(float64(requests) / e.Rate)
	}
	return e
}

// Bounds of what was achieved lately, to be taken for what is to come.
const (
	achievedAfter = 13 * time.Second // before the start is measured, too
	achievedOver  = 2 * time.Second  // in longer windows requests may come in one burst
	achievedOff   = 2.0              // by a larger factor it is another time: nothing was to do, or all was down
)

// tells reports whether what was achieved lately tells more of what is to come than what is
// believed: looks take part in limits, and refusals take time.
func (s PaceState) tells(believed float64) bool {
	return s.Ran >= achievedAfter && s.Learned.Window <= achievedOver && s.Quota == 0 && !s.Blocked &&
		s.Achieved*achievedOff >= believed && s.Achieved <= believed*achievedOff
}

// String says it for people; empty when it is not known.
func (e PaceEstimate) String() string {
	if e.Lasts == 0 {
		return ""
	}
	about := "about"
	if e.Least {
		about = "at least"
	}
	return fmt.Sprintf("%s %v, at %.3g requests a second; %s", about, e.Rounded(), e.Rate, e.Why)
}

// Rounded is how long it takes, no more exactly than it is known.
func (e PaceEstimate) Rounded() time.Duration { return max(e.Lasts.Round(time.Second), time.Second) }

// expect is the least of what bounds the requests.
func (s PaceState) expect(workers int) PaceEstimate {
	e := PaceEstimate{Rate: s.Ceiling, Bound: PaceByCeiling}
	if math.IsInf(s.Ceiling, 1) {
		e.Bound = PaceUnbound
	} else {
		e.Why = fmt.Sprintf("ceiling: limits.rate is %.4g requests a second, and no lower limit was met", s.Ceiling)
	}
	lower := func(rate float64, b PaceBound, why string) {
		if rate < 0.99*e.Rate {
			e.Rate, e.Bound, e.Why = rate, b, why
		}
	}
	if s.Learned.Rate > 0 {
		lower(s.Learned.Rate*(1-s.Leave), PaceByLimit, "limit: "+s.Learned.String()+s.left())
	}
	if s.Quota > 0 {
		lower(s.Quota, PaceByLimit, fmt.Sprintf("limit: the service says that %.4g requests a second are left", s.Quota))
	}
	if s.Took > 0 {
		took := s.Took.Round(time.Millisecond)
		if n := s.Learned.AtOnce; n > 0 && n <= workers {
			lower(float64(n)/s.Took.Seconds(), PaceByLatency, fmt.Sprintf("latency: answers take %v, and the service lets %d requests through at once; more limits.workers change nothing", took, n))
		}
		sends := float64(workers) / s.Took.Seconds()
		lower(sends, PaceByWorkers, fmt.Sprintf("workers: answers take %v, so %d workers send %.4g requests a second; more limits.workers send more", took, workers, sends))
	}
	if s.Blocked {
		e.Bound, e.Why = PaceByLimit, "limit: the service refuses everything for now, and is asked now and then whether that has ended"
	}
	return e
}

// left says what is left of the limit to others; empty when nothing is.
func (s PaceState) left() string {
	if s.Leave <= 0 {
		return ""
	}
	return fmt.Sprintf("; limits.leave leaves %.3g %% of it to others", 100*s.Leave)
}
