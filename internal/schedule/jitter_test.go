package schedule

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestOffset(t *testing.T) {
	s := must(t, Spec{Cron: "@hourly", Jitter: 10 * time.Minute})
	// Written down, since it must stay so from release to release.
	if got, want := s.Offset("cleaner-0"), 349486*time.Millisecond; got != want {
		t.Errorf("Offset = %v, want %v", got, want)
	}
	if got := must(t, Spec{Cron: "@hourly"}).Offset("cleaner-0"); got != 0 {
		t.Errorf("Offset without jitter = %v", got)
	}
	var tenths [10]int
	for i := range 1000 {
		o := s.Offset(fmt.Sprintf("cleaner-%d", i))
		if o < 0 || o >= 10*time.Minute {
			t.Fatalf("Offset = %v", o)
		}
		tenths[o/time.Minute]++
	}
	for i, n := range tenths {
		if n < 60 || n > 140 { // 100 are to be expected, and 4 sigma are 38
			t.Errorf("%d of 1000 names fall into minute %d", n, i)
		}
	}
}

// A tick is due its jitter after it is planned, on every day the same, and a
// restart in between neither loses nor repeats it.
func TestJitterOfARunner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{
			Instance: "cleaner-0", Jobs: jobs(t, Spec{Cron: "@hourly", Jitter: 10 * time.Minute}),
			Pass: func(_ context.Context, tick Tick) error {
				if tick.Late != 0 {
					t.Errorf("tick = %+v", tick)
				}
				return nil
			},
		}
		s := play(t, c)
		if mark := s.mark["a"]; !mark.Before(dawn) {
			t.Errorf("a tick that is not yet due is marked: %v", mark)
		}
		offset := s.State().Jobs[0].Offset
		if offset < time.Minute || offset > 9*time.Minute {
			t.Fatalf("offset = %v, choose another name", offset)
		}
		due := dawn.Add(time.Hour + offset)
		time.Sleep(time.Until(due) - 1)
		s.expect(fmt.Sprintf("%s started a schedule 00:00", dawn.Add(offset).Format("15:04")),
			fmt.Sprintf("%s finished a schedule 00:00", dawn.Add(offset).Format("15:04")))
		if next := s.State().Jobs[0].Next; !next.Equal(dawn.Add(time.Hour)) {
			t.Errorf("before the next tick is due, the next is %v", next)
		}
		s.stop()
		for _, want := range []bool{true, false} { // the second start finds it done
			c.Jobs[0].Last = s.mark["a"]
			s = play(t, c)
			time.Sleep(time.Second)
			synctest.Wait()
			if got := s.State().Jobs[0]; got.Counts.Started == 1 != want || !got.Next.Equal(dawn.Add(2*time.Hour)) {
				t.Errorf("state = %+v, want a start: %v", got, want)
			}
			s.stop()
		}
	})
}
