package schedule

import "time"

const (
	// punctual is how late a tick may start and still count as on time. It is
	// also the longest sleep, hence the time within which a clock that was set
	// is noticed.
	punctual = time.Minute
	// countable is how many missed ticks are counted one by one.
	countable = 10_000
)

// due are the ticks of one job that came due since the last look.
type due struct {
	count             int       // at least 1; no more than countable is counted
	first, prev, last time.Time // prev is the tick before the last, if there are two
}

// between returns the ticks after one time and not after another; ok is false
// if there are none.
func (s *Schedule) between(after, until time.Time) (d due, ok bool) {
	for t := s.Next(after); !t.IsZero() && !t.After(until); t = s.Next(t) {
		if d.count > countable {
			d.last = s.latest(until)
			d.prev = s.latest(d.last.Add(-1))
			break
		}
		if d.count++; d.count == 1 {
			d.first = t
		}
		d.prev, d.last = d.last, t
	}
	return d, d.count > 0
}

// latest returns the last tick not after a time. There must be one.
func (s *Schedule) latest(until time.Time) time.Time {
	for back := time.Minute; ; back *= 2 {
		var last time.Time
		for t := s.Next(until.Add(-back)); !t.IsZero() && !t.After(until); t = s.Next(t) {
			last = t
		}
		if !last.IsZero() {
			return last
		}
	}
}

// plan is what to do about ticks that came due.
type plan struct {
	start  bool   // start a pass for the last of them
	reason Reason // of that pass
	missed int    // how many were missed, whether or not the pass makes up for them
	until  time.Time
}

// judge decides about ticks, the last of which is late by the given time. However many
// they are, at most one pass starts for them.
func (s *Schedule) judge(d due, late time.Duration) plan {
	switch {
	case s.tooLate(late):
		return plan{missed: d.count, until: d.last}
	case late <= punctual:
		return plan{start: true, reason: Scheduled, missed: d.count - 1, until: d.prev}
	case s.spec.Missed == MissedOnce:
		return plan{start: true, reason: MadeUp, missed: d.count, until: d.last}
	default:
		return plan{missed: d.count, until: d.last}
	}
}

// tooLate reports whether a start that is late by this time is past the deadline.
func (s *Schedule) tooLate(late time.Duration) bool {
	return s.spec.Deadline > 0 && late > s.spec.Deadline
}
