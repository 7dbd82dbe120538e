package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// named makes jobs of specs, named a, b, c.
func named(t *testing.T, specs ...Spec) (all []Job) {
	t.Helper()
	for i, s := range specs {
		all = append(all, Job{Name: string(rune('a' + i)), Schedule: must(t, s)})
	}
	return all
}

// Another schedule holds from now on: it makes up for nothing, whatever it was
// last told, and the former one starts nothing any more.
func TestReschedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, Config{Jobs: named(t, Spec{Cron: "@hourly"}), Pass: quick})
		s.until("2:30")
		s.expect("01:00 started a schedule 01:00", "01:00 finished a schedule 01:00",
			"02:00 started a schedule 02:00", "02:00 finished a schedule 02:00")
		other := named(t, Spec{Cron: "45 * * * *"})
		other[0].Last = dawn.Add(-48 * time.Hour)
		if err := s.Reschedule(other); err != nil {
			t.Fatal(err)
		}
		if got := s.marked("a"); got != "02:30" {
			t.Errorf("kept mark = %s, want the time of the change", got)
		}
		s.until("3:50")
		s.expect("02:45 started a schedule 02:45", "02:45 finished a schedule 02:45",
			"03:45 started a schedule 03:45", "03:45 finished a schedule 03:45")
		s.stop()
	})
}

// A schedule that stays goes on where it was, in whatever place it stands now:
// its tick is started once, its counts stand, and its other terms may change.
func TestRescheduleKeepsWhatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, Config{Jobs: named(t, Spec{Cron: "@hourly"}), Pass: work(90*time.Minute, 0)})
		s.until("1:00")
		if err := s.Reschedule(named(t, Spec{Cron: "@daily"}, Spec{Cron: "@hourly", Overlap: OverlapQueueOne})); err != nil {
			t.Fatal(err)
		}
		s.until("2:40")
		s.expect("01:00 started a schedule 01:00", "02:00 queued b schedule 02:00",
			"02:30 finished a schedule 01:00", "02:30 started b schedule 02:00")
		if counts := s.State().Jobs[1].Counts; counts.Started != 2 {
			t.Errorf("counts = %+v, want both passes", counts)
		}
		s.stop()
	})
}

// A planned tick that waits is skipped when its schedule is gone; what was asked
// for by hand is not, and a failure is counted where the job went.
func TestRescheduleDropsWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queueing := Spec{Cron: "@hourly", Overlap: OverlapQueueOne}
		s := play(t, Config{Jobs: named(t, queueing), Pass: func(_ context.Context, _ Tick) error {
			time.Sleep(70 * time.Minute)
			return context.DeadlineExceeded
		}})
		s.until("2:05")
		if err := s.Reschedule(named(t, Spec{Cron: "@daily", Overlap: OverlapQueueOne})); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RunNow(""); err != nil {
			t.Fatal(err)
		}
		if err := s.Reschedule(named(t, Spec{Cron: "@monthly"}, Spec{Cron: "@daily"})); err != nil {
			t.Fatal(err)
		}
		s.until("4:00")
		s.expect("01:00 started a schedule 01:00", "02:00 queued a schedule 02:00",
			"02:05 skipped a schedule 02:00 rescheduled", "02:05 queued a manual 02:05",
			"02:10 finished a schedule 01:00 context deadline exceeded",
			"02:10 started a manual 02:05", "03:20 finished a manual 02:05 context deadline exceeded")
		if counts := s.State().Jobs[1].Counts; counts.Failed != 1 {
			t.Errorf("counts = %+v, want the failure of the pass by hand", counts)
		}
		s.stop()
	})
}

// Jobs that cannot be leave those in force alone.
func TestRescheduleRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, Config{Jobs: named(t, Spec{Cron: "@hourly"}), Pass: quick})
		twice := named(t, Spec{Cron: "@daily"}, Spec{Cron: "@monthly"})
		twice[1].Name = "a"
		for _, jobs := range [][]Job{nil, twice, {{Name: "a"}}} {
			if err := s.Reschedule(jobs); err == nil {
				t.Errorf("%v was accepted", jobs)
			}
		}
		s.until("1:00")
		s.expect("01:00 started a schedule 01:00", "01:00 finished a schedule 01:00")
		s.stop()
	})
}
