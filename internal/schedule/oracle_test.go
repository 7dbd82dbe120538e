package schedule

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// naive is another reckoning of the same promises. It reads the clock on the
// wall every quarter of an hour, and knows nothing of offsets, transitions, or
// the parser: a spec of some hours is due when the clock first shows, or has
// just jumped over, a time that matches; a spec of every hour whenever the
// clock shows one.
type naive struct {
	fields [5][60]bool
	always bool // every hour is named
	either bool // day of month and day of week both name some days
}

func newNaive(cron string) naive {
	var n naive
	text := strings.Fields(cron)
	for i, span := range [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}} {
		for element := range strings.SplitSeq(text[i], ",") {
			values, step, _ := strings.Cut(element, "/")
			low, high := span[0], span[1]
			if a, b, isRange := strings.Cut(values, "-"); values != "*" {
				low, _ = strconv.Atoi(a)
				if high = low; isRange {
					high, _ = strconv.Atoi(b)
				}
			}
			by, err := strconv.Atoi(step)
			if err != nil {
				by = 1
			}
			for v := low; v <= high; v += by {
				n.fields[i][v] = true
			}
		}
	}
	n.always = !slices.Contains(n.fields[1][:24], false)
	n.either = text[2] != "*" && text[4] != "*"
	return n
}

// shows says whether a reading, given as a time in UTC, matches.
func (n naive) shows(r time.Time) bool {
	if !n.fields[0][r.Minute()] || !n.fields[1][r.Hour()] || !n.fields[3][int(r.Month())] {
		return false
	}
	dom, dow := n.fields[2][r.Day()], n.fields[4][int(r.Weekday())]
	if n.either {
		return dom || dow
	}
	return dom && dow
}

// reading is what the clock shows, put down as if it were UTC.
func reading(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// grain is how finely the oracle looks. No spec and no zone here is finer.
const grain = 15 * time.Minute

// readings lists what the clock shows from one moment to another.
func readings(zone *time.Location, from, to time.Time) []time.Time {
	var all []time.Time
	for t := from; !t.After(to); t = t.Add(grain) {
		all = append(all, reading(t, zone))
	}
	return all
}

// ticks lists the ticks among readings that begin at a moment, which is itself
// excluded.
func (n naive) ticks(from time.Time, shown []time.Time) []time.Time {
	var ticks []time.Time
	furthest := shown[0]
	for i, r := range shown[1:] {
		hit := n.always && n.shows(r)
		for ; !n.always && furthest.Before(r); furthest = furthest.Add(grain) {
			hit = hit || n.shows(furthest.Add(grain))
		}
		if hit {
			ticks = append(ticks, from.Add(time.Duration(i+1)*grain))
		}
	}
	return ticks
}

var specsOfTheYear = []string{
	"30 2 * * *", "30 1 * * *", "0 0 * * *", "15 */2 * * *", "*/15 1-3 * * *",
	"0 * * * *", "45 * * * *", "*/30 * * * *", "0 3 1,15 * 0", "45 23 31 12 *",
}

// Over a leap year and an ordinary one, in zones of every kind, Next agrees
// with the naive reckoning: summer time of an hour, half an hour and two, on
// either half of the earth, none, a gap at midnight, a fast in the middle.
func TestNextAgreesWithTheOracle(t *testing.T) {
	zones := []string{
		"America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "UTC", "Africa/Cairo",
		"America/Santiago", "Pacific/Chatham", "Antarctica/Troll", "Africa/Casablanca", "Europe/Dublin",
	}
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The leap year lies where zones go by a rule and no longer by a list.
			for _, year := range []int{2026, 2040} {
				from := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
				shown := readings(zone(t, name), from, from.AddDate(1, 0, 2))
				for _, cron := range specsOfTheYear {
					compare(t, must(t, Spec{Cron: cron, Timezone: name}), newNaive(cron).ticks(from, shown), from)
				}
			}
		})
	}
}

func compare(t *testing.T, s *Schedule, want []time.Time, from time.Time) {
	t.Helper()
	after := from
	for _, w := range want {
		got := s.Next(after)
		if !got.Equal(w) {
			t.Errorf("%s: after %v comes %v, want %v", s, after, got, w.In(s.zone))
			return
		}
		if gap := w.Sub(after); gap > 2*time.Hour {
			// Asked at any moment between, the answer is the same.
			if mid := s.Next(after.Add(gap / 2)); !mid.Equal(w) {
				t.Errorf("%s: half way from %v comes %v, want %v", s, after, mid, w.In(s.zone))
				return
			}
		}
		after = w
	}
	if len(want) == 0 {
		t.Errorf("%s: the oracle is silent", s)
	}
}
