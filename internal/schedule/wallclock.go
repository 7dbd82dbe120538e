package schedule

import (
	"time"

	"github.com/robfig/cron/v3"
)

// A reading is the date and time that a local clock shows, stored as a time in UTC,
// where readings never jump. Specs are matched against readings only.

// everyHour reports whether a spec matches every hour, however it is written.
func everyHour(f *cron.SpecSchedule) bool {
	const hours = 1<<24 - 1
	return f.Hour&hours == hours
}

// nextReading returns the next moment after the given one at which the clock
// on the wall shows a reading that matches.
func (s *Schedule) nextReading(after time.Time) time.Time {
	from, now := after, after
	for {
		shift, end := zoneOffset(now, s.zone)
		reading := s.match(from.UTC().Add(shift))
		if reading.IsZero() {
			return time.Time{}
		}
		if t := reading.Add(-shift); end.IsZero() || t.Before(end) {
			return t.In(s.zone)
		}
		from, now = end.Add(-1), end // the end itself belongs to the next stretch
	}
}

// nextReached returns the next moment after the given one at which the clock
// on the wall reaches or passes, for the first time, a reading that matches.
func (s *Schedule) nextReached(after time.Time) time.Time {
	shift, _ := zoneOffset(after, s.zone)
	reading := after.UTC().Add(shift)
	for {
		if reading = s.match(reading); reading.IsZero() {
			return time.Time{}
		}
		// Within a repeated hour the reading may have been reached before.
		if t := reach(reading, s.zone); t.After(after) {
			return t.In(s.zone)
		}
	}
}

// reach returns the first moment at which the clock of a zone shows a reading,
// or a later one because it jumped over it.
func reach(reading time.Time, zone *time.Location) time.Time {
	const fullest = 26 * time.Hour // further from UTC than any zone
	now := reading.Add(-fullest)
	for {
		shift, end := zoneOffset(now, zone)
		t := reading.Add(-shift)
		if t.Before(now) {
			return now // the clock was put forward over the reading
		}
		if end.IsZero() || t.Before(end) {
			return t
		}
		now = end
	}
}

// zoneOffset returns how far the clock of a zone is ahead of UTC, and when that
// may change next. The end is zero if it never does.
func zoneOffset(now time.Time, zone *time.Location) (shift time.Duration, end time.Time) {
	now = now.In(zone)
	_, seconds := now.Zone()
	_, end = now.ZoneBounds()
	if !end.IsZero() && !end.After(now) {
		// Where the zone goes by a rule, the standard library takes every year to
		// have 365 days, and ends the stretch of 31 December of a leap year
		// before it began. No rule changes a clock on that day.
		end = now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return time.Duration(seconds) * time.Second, end
}

// match returns the next reading after the given one that fits the fields.
func (s *Schedule) match(reading time.Time) time.Time {
	next := s.fields.Next(reading)
	if next.IsZero() {
		// It looks five years ahead, and from 2096 to 2104 there is no leap day.
		next = s.fields.Next(time.Date(reading.Year()+5, time.December, 31, 23, 59, 59, 0, time.UTC))
	}
	return next
}
