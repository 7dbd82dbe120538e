// Package schedule says when passes run, and runs them one at a time. Every planned
// tick is started, skipped or missed, exactly once, and reported, also over daylight
// saving, clock jumps, overlapping passes, missed ticks and restarts.
//
// Only the five fields of robfig/cron are used, on a calendar without daylight saving.
// Its own calculation in a time zone skips a local time that does not exist and
// repeats one that exists twice; its runner does not know missed ticks nor a clock
// that was set; and its ParseStandard panics on "TZ=UTC".
//
// # Daylight saving
//
// A spec that names some hours means local times, each of them once a day: a time that
// does not exist is due at the first moment after the gap, and a time that exists twice
// is due the first time. A spec that names every hour is due whenever the local clock
// shows a matching time: an hourly spec is due 23 and 25 times on the two days when the
// clocks change. "@every" counts real time.
package schedule

import (
	"time"

	"github.com/robfig/cron/v3"
)

// Spec is a schedule as it is written in a configuration. The zero value of
// every field but Cron is its default.
type Spec struct {
	// Cron has five fields (minute, hour, day of month, month, day of week), or
	// is a descriptor: @hourly, @daily, @weekly, @monthly, @yearly, or
	// "@every 15m". The ticks of @every lie on a grid that starts anew neither
	// with the program nor with a run: @every 15m is due at :00, :15, :30, :45.
	Cron string
	// Timezone is an IANA name such as Asia/Shanghai. Empty is UTC, so that the
	// same file means the same on every machine; "Local" is that of the host.
	Timezone string
	// Overlap says what a tick does while a pass runs. Empty is OverlapSkip.
	Overlap Overlap
	// Missed says what becomes of missed ticks. Empty is MissedOnce.
	Missed Missed
	// Deadline is how late a pass may start, after a missed tick or after waiting for
	// another pass; a later tick is skipped or missed. Zero is no limit.
	Deadline time.Duration
	// Jitter bounds how long after its planned time a tick is due. The delay is
	// always the same for the same instance, and below the bound. Zero is none.
	Jitter time.Duration
}

// Missed is what becomes of ticks whose time passed while the program was down, the
// machine slept or the clock was set forward.
type Missed string

const (
	// MissedOnce makes up for any number of missed ticks with one run.
	MissedOnce Missed = "once"
	// MissedNone counts them and waits for the next tick.
	MissedNone Missed = "none"
)

// Schedule is a parsed Spec. It never changes, and may be used from many goroutines.
type Schedule struct {
	spec   Spec // with its defaults filled in
	zone   *time.Location
	every  time.Duration      // of @every, or zero
	fields *cron.SpecSchedule // in UTC; nil for @every
}

// Spec returns the Spec it was parsed from, with its defaults filled in.
func (s *Schedule) Spec() Spec { return s.spec }

// String returns what determines the planned ticks, for example
// "0 2 * * * Asia/Shanghai". Schedules with the same String have the same ticks.
func (s *Schedule) String() string { return s.spec.Cron + " " + s.spec.Timezone }

// Next returns the first planned tick after the given time, in the time zone
// of the schedule and without jitter. It depends on nothing but its argument.
func (s *Schedule) Next(after time.Time) time.Time {
	after = after.Round(0).In(s.zone) // the wall clock decides
	switch {
	case s.every > 0:
		return after.Truncate(s.every).Add(s.every)
	case everyHour(s.fields):
		return s.nextReading(after)
	default:
		return s.nextReached(after)
	}
}

// Upcoming returns the next n planned ticks after the given time.
func (s *Schedule) Upcoming(after time.Time, n int) []time.Time {
	var ticks []time.Time
	for len(ticks) < n {
		if after = s.Next(after); after.IsZero() {
			break
		}
		ticks = append(ticks, after)
	}
	return ticks
}

// lookout is how far LongestGap looks at least: a week, and a day for the clocks
// that are set.
const lookout = 8 * 24 * time.Hour

// LongestGap returns the longest time between two planned ticks that follow each
// other, over the next eight days and two gaps at least; zero if there are no two.
func (s *Schedule) LongestGap(after time.Time) (longest time.Duration) {
	if s.every > 0 {
		return s.every
	}
	end := after.Add(lookout)
	last := s.Next(after)
	for gaps := 0; !last.IsZero() && (gaps < 2 || last.Before(end)); gaps++ {
		next := s.Next(last)
		if next.IsZero() {
			break
		}
		longest = max(longest, next.Sub(last))
		last = next
	}
	return longest
}
