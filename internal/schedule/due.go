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

// due is a run of ticks that came due since somebody last looked.
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
	start  bool   // offer the last of them for a start
	reason Reason // why, if so
	missed int    // how many passed unseen, whether or not the start makes up for them
	until  time.Time
}

// judge decides about ticks of which the last is late by the given time. At
// most one run comes of them, however many they are.
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

// tooLate says whether a start that is late by the given time may not be made.
func (s *Schedule) tooLate(late time.Duration) bool {
	return s.spec.Deadline > 0 && late > s.spec.Deadline
}
