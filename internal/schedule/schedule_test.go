package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the days of change come to, worked out by hand. Each row lists all
// ticks from one moment to another, the former excluded.
func TestDaysOfChange(t *testing.T) {
	for name, c := range map[string]struct {
		cron, zone, from, to string
		want                 []string
	}{
		"spring, the time does not exist": {
			"30 2 * * *", "America/New_York", "2026-03-07 12:00 -0500", "2026-03-09 12:00 -0400",
			[]string{"2026-03-08 03:00 -0400", "2026-03-09 02:30 -0400"},
		},
		"spring, many times fall into the gap": {
			"*/10 2 * * *", "America/New_York", "2026-03-08 00:00 -0500", "2026-03-08 12:00 -0400",
			[]string{"2026-03-08 03:00 -0400"},
		},
		"spring, the time after the gap is planned as well": {
			"0 2,3 * * *", "America/New_York", "2026-03-08 00:00 -0500", "2026-03-08 12:00 -0400",
			[]string{"2026-03-08 03:00 -0400"},
		},
		"autumn, the time comes twice": {
			"30 1 * * *", "America/New_York", "2026-10-31 12:00 -0400", "2026-11-02 12:00 -0500",
			[]string{"2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"},
		},
		"autumn, asked for between the first and the second": {
			"30 1 * * *", "America/New_York", "2026-11-01 01:10 -0500", "2026-11-02 12:00 -0500",
			[]string{"2026-11-02 01:30 -0500"},
		},
		"autumn, every real hour": {
			"0 * * * *", "America/New_York", "2026-11-01 00:00 -0400", "2026-11-01 02:00 -0500",
			[]string{"2026-11-01 01:00 -0400", "2026-11-01 01:00 -0500", "2026-11-01 02:00 -0500"},
		},
		"spring, every real quarter": {
			"*/15 * * * *", "Europe/Berlin", "2026-03-29 01:40 +0100", "2026-03-29 03:15 +0200",
			[]string{"2026-03-29 01:45 +0100", "2026-03-29 03:00 +0200", "2026-03-29 03:15 +0200"},
		},
		"autumn, every real half": {
			"*/30 0-23 * * *", "Europe/Berlin", "2026-10-25 01:40 +0200", "2026-10-25 03:00 +0100",
			[]string{"2026-10-25 02:00 +0200", "2026-10-25 02:30 +0200", "2026-10-25 02:00 +0100", "2026-10-25 02:30 +0100", "2026-10-25 03:00 +0100"},
		},
		"spring in Berlin": {
			"30 2 * * *", "Europe/Berlin", "2026-03-29 00:00 +0100", "2026-03-30 12:00 +0200",
			[]string{"2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"},
		},
		"spring by half an hour": {
			"15 2 * * *", "Australia/Lord_Howe", "2026-10-04 00:00 +1030", "2026-10-05 12:00 +1100",
			[]string{"2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"},
		},
		"autumn by half an hour": {
			"45 1 * * *", "Australia/Lord_Howe", "2026-04-05 00:00 +1100", "2026-04-06 12:00 +1030",
			[]string{"2026-04-05 01:45 +1100", "2026-04-06 01:45 +1030"},
		},
		"there is no midnight": {
			"@daily", "Africa/Cairo", "2026-04-23 12:00 +0200", "2026-04-25 12:00 +0300",
			[]string{"2026-04-24 01:00 +0300", "2026-04-25 00:00 +0300"},
		},
		"an interval takes no notice": {
			"@every 1h30m", "America/New_York", "2026-03-08 00:30 -0500", "2026-03-08 05:30 -0400",
			[]string{"2026-03-08 01:00 -0500", "2026-03-08 03:30 -0400", "2026-03-08 05:00 -0400"},
		},
		"a century without a leap day": {
			"0 0 29 2 *", "UTC", "2096-03-01 00:00 +0000", "2108-01-01 00:00 +0000",
			[]string{"2104-02-29 00:00 +0000"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := must(t, Spec{Cron: c.cron, Timezone: c.zone})
			var got []string
			to := at(t, c.to)
			for next := s.Next(at(t, c.from)); !next.After(to); next = s.Next(next) {
				got = append(got, next.Format("2006-01-02 15:04 -0700"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("ticks (-want +got):\n%s", diff)
			}
		})
	}
}

// An hourly spec fires as many times as the day has hours.
func TestHourlyOnDaysOfChange(t *testing.T) {
	for _, spec := range []string{"@hourly", "0 * * * *", "0 0-23 * * *", "@every 1h"} {
		s := must(t, Spec{Cron: spec, Timezone: "America/New_York"})
		for day, want := range map[string]int{"2026-03-08": 23, "2026-06-01": 24, "2026-11-01": 25} {
			from, err := time.ParseInLocation("2006-01-02", day, zone(t, "America/New_York"))
			if err != nil {
				t.Fatal(err)
			}
			d, _ := s.between(from.Add(-1), from.AddDate(0, 0, 1).Add(-1))
			if d.count != want {
				t.Errorf("%s fires %d times on %s, want %d", spec, d.count, day, want)
			}
		}
	}
}

// Next asks for nothing but its argument: not for its zone, nor for the second
// clock that a Go time may carry.
func TestNextIsPure(t *testing.T) {
	s := must(t, Spec{Cron: "30 2 * * *", Timezone: "Asia/Shanghai"})
	now := time.Now()
	want := s.Next(now)
	for _, same := range []time.Time{now.UTC(), now.Round(0), now.In(zone(t, "America/New_York"))} {
		if got := s.Next(same); got != want {
			t.Errorf("Next(%v) = %v, want %v", same, got, want)
		}
	}
	if three := s.Upcoming(now, 3); len(three) != 3 || three[0] != want || !slices.IsSortedFunc(three, time.Time.Compare) {
		t.Errorf("Upcoming = %v", three)
	}
}

// Counting stops at a bound, but the last tick is the last.
func TestBetweenIsBounded(t *testing.T) {
	s := must(t, Spec{Cron: "@every 1s"})
	from := at(t, "2026-01-01 00:00 +0000")
	until := from.AddDate(1, 0, 0)
	d, ok := s.between(from, until)
	if !ok || d.count != countable+1 || !d.first.Equal(from.Add(time.Second)) ||
		!d.last.Equal(until) || !d.prev.Equal(until.Add(-time.Second)) {
		t.Errorf("between = %+v", d)
	}
	sparse := must(t, Spec{Cron: "0 0 29 2 *"})
	if got, want := sparse.latest(from), at(t, "2024-02-29 00:00 +0000"); !got.Equal(want) {
		t.Errorf("latest = %v, want %v", got, want)
	}
	if d, ok := sparse.between(from, until); ok {
		t.Errorf("between = %+v, want none", d)
	}
}

// The longest gap is that of a working week, of a day whose clocks are set, and of
// the longer of two months.
func TestLongestGap(t *testing.T) {
	for name, c := range map[string]struct {
		cron, zone string
		want       time.Duration
	}{
		"an interval":          {"@every 15m", "", 15 * time.Minute},
		"every minute":         {"* * * * *", "", time.Minute},
		"office hours":         {"0 8-18 * * 1-5", "", (6 + 48 + 8) * time.Hour},
		"every night":          {"0 2 * * *", "", 24 * time.Hour},
		"a night made longer":  {"0 2 * * *", "Europe/Berlin", 25 * time.Hour},
		"the first of a month": {"0 0 1 * *", "", 31 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse(Spec{Cron: c.cron, Timezone: c.zone})
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(2026, time.October, 20, 12, 0, 0, 0, time.UTC)
			if got := s.LongestGap(from); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
