package schedule

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A Runner lives through the year 2026 in five zones. Every tick that the naive
// reckoning knows is started or, where two fall together, skipped, at its
// time and once; there is no other; and nothing is missed.
func TestAWholeYear(t *testing.T) {
	zones := []string{"America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"}
	crons := []string{"30 2 * * *", "30 1 * * *", "0 0 * * *", "15 1,2 * * 0", "0 * * * *"}
	from := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(1, 0, 0)

	var all []Job
	want := map[string][]time.Time{}
	for _, name := range zones {
		shown := readings(zone(t, name), from, to)
		for _, cron := range crons {
			s := must(t, Spec{Cron: cron, Timezone: name})
			all = append(all, Job{Name: s.String(), Schedule: s})
			want[s.String()] = newNaive(cron).ticks(from, shown)
		}
	}
	all = append(all, Job{Name: "every", Schedule: must(t, Spec{Cron: "@every 6h"})})
	for tick := from.Add(6 * time.Hour); !tick.After(to); tick = tick.Add(6 * time.Hour) {
		want["every"] = append(want["every"], tick)
	}

	synctest.Test(t, func(t *testing.T) {
		got := map[string][]time.Time{}
		r, err := New(Config{
			Jobs: all,
			Pass: quick,
			Observe: func(e Event) {
				switch now := time.Now(); {
				case e.Kind == KindFinished:
				case e.Kind != KindStarted && e.Kind != KindSkipped, !now.Equal(e.Planned), e.Late != 0:
					t.Errorf("at %v: %+v", now, e)
				default:
					got[e.Job] = append(got[e.Job], e.Planned)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r.nap = 24 * time.Hour // half a million idle looks at the clock tell nothing more
		time.Sleep(time.Until(from))
		ctx, cancel := context.WithTimeout(t.Context(), to.Sub(from)+time.Second)
		defer cancel()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for name, ticks := range want {
			if !slices.EqualFunc(got[name], ticks, time.Time.Equal) {
				t.Errorf("%s: %d ticks, want %d", name, len(got[name]), len(ticks))
			}
		}
	})
}
