package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A pause holds up the schedule and what waits, not the pass under way, nor
// what is asked for by hand. Nothing is made up for.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := Spec{Cron: "@hourly", Overlap: OverlapQueueOne}
		s := play(t, Config{Jobs: jobs(t, spec), Pass: work(70*time.Minute, 0)})
		s.until("2:05")
		s.Pause()
		s.Pause()
		s.until("4:30")
		if _, err := s.RunNow("a"); err != nil {
			t.Fatal(err)
		}
		s.until("4:40")
		state := s.State()
		if !state.Paused || state.Running == nil || state.Running.Reason != Manual || state.Waiting != nil ||
			!state.Jobs[0].Next.Equal(dawn.Add(5*time.Hour)) {
			t.Errorf("state = %+v", state)
		}
		s.Resume()
		s.until("5:01")
		s.expect("01:00 started a schedule 01:00", "02:00 queued a schedule 02:00",
			"02:05 paused   02:05", "02:05 skipped a schedule 02:00 paused", "02:10 finished a schedule 01:00",
			"03:00 skipped a schedule 03:00 paused", "04:00 skipped a schedule 04:00 paused",
			"04:30 started a manual 04:30", "04:40 resumed   04:40", "05:00 queued a schedule 05:00")
		if state := s.State(); state.Paused || state.Waiting == nil || !state.Live {
			t.Errorf("state = %+v", state)
		}
		s.stop()
	})
}

// A pause leaves alone what was asked for by hand and waits.
func TestPauseSparesTheHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := Spec{Cron: "@hourly", Overlap: OverlapQueueOne, Jitter: time.Hour}
		late := make(chan time.Duration, 2)
		s := play(t, Config{Jobs: jobs(t, spec), Pass: func(_ context.Context, tick Tick) error {
			late <- tick.Late
			time.Sleep(30 * time.Second)
			return nil
		}})
		for range 2 {
			if _, err := s.RunNow("a"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		s.Pause()
		time.Sleep(time.Minute)
		s.stop()
		// Jitter is for the schedule: neither of them was due later than asked.
		if first, second := <-late, <-late; first != 0 || second != 30*time.Second {
			t.Errorf("starts are late by %v and %v", first, second)
		}
	})
}

// A pause may come before the start, and holds up what was missed as well.
func TestPauseBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{Jobs: jobs(t, Spec{Cron: "@hourly"}), Pass: quick}
		c.Jobs[0].Last = dawn.Add(-90 * time.Minute)
		s := prepare(t, c)
		s.Pause()
		s.until("0:30")
		s.run()
		s.expect("00:30 paused   00:00", "00:30 missed a schedule 23:00-00:00 2", "00:30 skipped a missed 00:00 paused")
		s.stop()
	})
}
