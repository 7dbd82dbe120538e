package schedule

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// However a pass ends, the next one starts.
func TestCrashedPassBlocksNobody(t *testing.T) {
	for _, overlap := range []Overlap{OverlapSkip, OverlapQueueOne, OverlapReplace} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			ends := []func() error{
				func() error { panic("boom") },
				func() error { runtime.Goexit(); return nil },
				func() error { return errors.New("refused") },
				func() error { return nil },
			}
			s := play(t, Config{
				Jobs: jobs(t, Spec{Cron: "@hourly", Overlap: overlap}),
				Pass: func(context.Context, Tick) error { n++; return ends[n-1]() },
			})
			s.until("4:00")
			s.expect("01:00 started a schedule 01:00", "01:00 finished a schedule 01:00 pass panicked: boom panic",
				"02:00 started a schedule 02:00", "02:00 finished a schedule 02:00 pass ended its goroutine panic",
				"03:00 started a schedule 03:00", "03:00 finished a schedule 03:00 refused",
				"04:00 started a schedule 04:00", "04:00 finished a schedule 04:00")
			if diff := cmp.Diff(Counts{Started: 4, Failed: 3}, s.State().Jobs[0].Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			s.stop()
		})
	}
}

// Stopping lets the pass drain. A tick that waited stays open, so that after a
// restart it is missed rather than lost; it is never started twice.
func TestStopAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{
			Jobs: jobs(t, Spec{Cron: "@hourly", Overlap: OverlapQueueOne}),
			Pass: work(90*time.Minute, 10*time.Minute),
		}
		s := play(t, c)
		if got := s.marked("a"); got != "00:00" {
			t.Errorf("a first start is marked %s", got)
		}
		s.until("1:30")
		if got := s.marked("a"); got != "01:00" {
			t.Errorf("the start is marked %s", got)
		}
		s.until("2:05")
		if err := s.Run(t.Context()); err == nil {
			t.Error("Run twice = nil")
		}
		s.stop()
		s.expect("01:00 started a schedule 01:00", "02:00 queued a schedule 02:00",
			"02:05 skipped a schedule 02:00 stopping", "02:15 finished a schedule 01:00 context canceled stopping")
		if got := s.marked("a"); got != "01:00" {
			t.Errorf("the tick that waited is marked: %s", got)
		}
		if state := s.State(); state.Live || state.Running != nil {
			t.Errorf("state = %+v", state)
		}

		s.until("3:30")
		c.Jobs[0].Last = s.mark["a"]
		s = play(t, c)
		s.expect("03:30 missed a schedule 02:00-03:00 2", "03:30 started a missed 03:00")
		if got := s.marked("a"); got != "03:00" {
			t.Errorf("the run that makes up is marked %s", got)
		}
		s.stop()
	})
}

// Ticks that wait hold back the mark of those that come after.
func TestMarkWaitsForTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, Config{Jobs: jobs(t, Spec{Cron: "@hourly", Overlap: OverlapQueueOne}), Pass: work(3*time.Hour+time.Minute, 0)})
		s.until("3:30") // 02:00 waits, 03:00 is skipped
		if got := s.marked("a"); got != "01:00" {
			t.Errorf("while a tick waits the mark is %s", got)
		}
		s.until("4:10") // 02:00 has started, 04:00 was skipped
		if got := s.marked("a"); got != "04:00" {
			t.Errorf("after the wait the mark is %s", got)
		}
		s.stop()
	})
}

// The observer may use the Runner, and the mark is set before the pass begins.
func TestCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		var r *Runner
		r, err := New(Config{
			Jobs: jobs(t, Spec{Cron: "@hourly"}),
			Pass: func(_ context.Context, tick Tick) error {
				order = append(order, "pass "+string(tick.Reason))
				return nil
			},
			Ticked: func(_ Job, planned time.Time) { order = append(order, "mark "+planned.Format("15:04")) },
			Observe: func(e Event) {
				if r.State().Jobs[0].Counts.Started == 1 && e.Kind == KindFinished {
					_, _ = r.RunNow("a")
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(order, ", "); got != "mark 00:00, mark 01:00, pass schedule, pass manual" {
			t.Errorf("order = %s", got)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	daily := must(t, Spec{Cron: "@daily"})
	for name, c := range map[string]Config{
		"no pass":     {Jobs: []Job{{Name: "a", Schedule: daily}}},
		"no job":      {Pass: quick},
		"no name":     {Pass: quick, Jobs: []Job{{Schedule: daily}}},
		"no schedule": {Pass: quick, Jobs: []Job{{Name: "a"}}},
		"same name":   {Pass: quick, Jobs: []Job{{Name: "a", Schedule: daily}, {Name: "a", Schedule: daily}}},
	} {
		if r, err := New(c); err == nil || r != nil {
			t.Errorf("%s: New = %v, %v", name, r, err)
		}
	}
}
