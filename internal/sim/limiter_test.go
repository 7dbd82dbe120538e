package sim

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/quota"
)

func TestLimiterWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Throttle{Limit: 3, Window: time.Minute}, time.Now(), 1)
		for _, step := range []struct {
			after time.Duration // since the step before
			ok    bool
			wait  time.Duration
		}{
			{0, true, 0},
			{10 * time.Second, true, 0},
			{20 * time.Second, true, 0},
			{0, false, 30 * time.Second}, // full; the window ends a minute after its first call
			{29 * time.Second, false, time.Second},
			{time.Second, true, 0}, // the minute is over: a new window
			{0, true, 0},
			{0, true, 0},
			{59 * time.Second, false, time.Second},
			{time.Hour, true, 0}, // a pause does not save permits up
			{0, true, 0},
			{0, true, 0},
			{0, false, time.Minute},
		} {
			time.Sleep(step.after)
			if a := l.admit(time.Now()); a.OK != step.ok || a.Wait != step.wait {
				t.Errorf("%v after the start: %v, wait %v; want %v, wait %v",
					time.Since(l.start), a.OK, a.Wait, step.ok, step.wait)
			}
		}
	})
}

func TestLimiterText(t *testing.T) {
	for window, want := range map[time.Duration]string{
		time.Minute:      "limit:7,time:1 minute",
		5 * time.Minute:  "limit:7,time:5 minute",
		5 * time.Second:  "limit:7,time:5 second",
		90 * time.Second: "limit:7,time:90 second",
	} {
		if got := text(quota.Limit{N: 7, Window: window}); !strings.Contains(got, "policy user over ratelimit,"+want) {
			t.Errorf("%v: %q does not say %q", window, got, want)
		}
	}
}

func TestMeter(t *testing.T) {
	for _, row := range []struct {
		name string
		gaps []time.Duration // before each hit
		want int
	}{
		{"none", nil, 0},
		{"one", []time.Duration{0}, 1},
		{"a second apart", []time.Duration{0, time.Second, time.Second}, 1},
		{"just under a second apart", []time.Duration{0, time.Second - 1, time.Second - 1}, 2},
		// A count by the clock's seconds would see two and two.
		{"across a full second", []time.Duration{900 * time.Millisecond, 0, 200 * time.Millisecond, 0}, 4},
		{"the busiest is kept", []time.Duration{0, 0, 0, time.Hour, 0}, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m meter
				for _, gap := range row.gaps {
					time.Sleep(gap)
					m.hit()
				}
				if got := m.busiest(); got != row.want {
					t.Errorf("busiest second has %d hits, want %d", got, row.want)
				}
			})
		})
	}
}

// The meter forgets what is old, so that it does not grow with the run.
func TestMeterStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m meter
		for range 20_000 {
			time.Sleep(10 * time.Millisecond)
			m.hit()
		}
		if m.busiest() != 100 || len(m.hits) > 4096 {
			t.Errorf("busiest %d, want 100; %d hits held", m.busiest(), len(m.hits))
		}
	})
}
