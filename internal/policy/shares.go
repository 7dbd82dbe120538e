package policy

import "fmt"

// Shares stops a pass of which too much goes wrong: dead letters, because
// something is broken, or IDs that were not there when first asked for, because
// the list, the region or the project is another.
//
// The zero value never stops. A Shares serves one pass and is not safe for many
// goroutines: whoever shares it guards it with a mutex.
type Shares struct {
	// Sample is how many IDs must be settled by requests before the shares count;
	// 0 is never.
	Sample int64
	// Failed is the share of dead letters above which the pass stops, and
	// NotFound that of IDs that were gone at their first request. 1 never stops.
	Failed, NotFound float64

	settled, dead, absent int64
}

// Excess is the share that is over its limit. The zero value is none.
type Excess struct {
	Failed, NotFound bool
	// Why is a sentence for the operator.
	Why string
}

// Note takes into account how an ID ended, after how many attempts, and whether
// an earlier request for it may have taken effect. EndNone is no end, and an ID
// that no request was sent for does not count.
func (s *Shares) Note(end End, attempts int, lost bool) Excess {
	if end == EndNone || attempts == 0 {
		return Excess{}
	}
	s.settled++
	switch {
	case end == EndDead:
		s.dead++
	case end == EndGone && attempts == 1 && !lost:
		s.absent++
	}
	switch {
	case s.Sample <= 0 || s.settled < s.Sample:
		return Excess{}
	case s.over(s.dead, s.Failed):
		return Excess{Failed: true, Why: s.why(s.dead, "ended as dead letters",
			"safety.failed_share", s.Failed, "look at cleaner dead list for the reason")}
	case s.over(s.absent, s.NotFound):
		return Excess{NotFound: true, Why: s.why(s.absent, "were not there at their first request",
			"safety.not_found_share", s.NotFound, "the list, the region or the project is probably wrong")}
	default:
		return Excess{}
	}
}

// over reports whether n of the settled IDs are more than the limit. It divides
// rather than multiplies, so that 3 of 30 are not more than 0.1.
func (s *Shares) over(n int64, limit float64) bool {
	return float64(n)/float64(s.settled) > limit
}

func (s *Shares) why(n int64, what, key string, limit float64, do string) string {
	return fmt.Sprintf("%d of %d settled task IDs (%.1f %%) %s, more than %s (%v) allows: %s; if it is meant, raise %s",
		n, s.settled, 100*float64(n)/float64(s.settled), what, key, limit, do, key)
}
