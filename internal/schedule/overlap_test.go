package schedule

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Three ticks come ten minutes apart, each while the pass of the first would
// run for an hour and takes a quarter to drain. Every policy meets every mix
// of triggers: S is a tick of the schedule, M one by hand.
func TestOverlap(t *testing.T) {
	want := map[Overlap][]string{
		OverlapSkip: {
			"00:10 started a 1 00:10", "00:20 skipped a 2 00:20 overlap", "00:30 skipped a 3 00:30 overlap",
			"01:10 finished a 1 00:10",
		},
		OverlapQueueOne: {
			"00:10 started a 1 00:10", "00:20 queued a 2 00:20", "00:30 skipped a 3 00:30 overlap",
			"01:10 finished a 1 00:10", "01:10 started a 2 00:20", "02:10 finished a 2 00:20",
		},
		OverlapReplace: {
			"00:10 started a 1 00:10", "00:20 replaced a 1 00:10", "00:20 queued a 2 00:20",
			"00:30 skipped a 2 00:20 replaced", "00:30 queued a 3 00:30",
			"00:35 finished a 1 00:10 pass is replaced by a later one replaced",
			"00:35 started a 3 00:30", "01:35 finished a 3 00:30",
		},
	}
	counts := map[Overlap]Counts{
		OverlapSkip:     {Started: 1, Skipped: 2},
		OverlapQueueOne: {Started: 2, Skipped: 1},
		OverlapReplace:  {Started: 2, Skipped: 1, Replaced: 1},
	}
	for overlap, lines := range want {
		for _, mix := range []string{"SSS", "SSM", "SMS", "SMM", "MSS", "MSM", "MMS", "MMM"} {
			t.Run(string(overlap)+" "+mix, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := play(t, Config{Jobs: jobs(t, mixed(mix, overlap)), Pass: work(time.Hour, 15*time.Minute)})
					for i, clock := range []string{"0:10", "0:20", "0:30"} {
						s.until(clock)
						if mix[i] == 'M' {
							if _, err := s.RunNow("a"); err != nil {
								t.Fatal(err)
							}
						}
					}
					s.until("3:00")
					var reasons []string
					for i, c := range mix {
						reasons = append(reasons, string('1'+rune(i))+" ", map[rune]string{'S': "schedule ", 'M': "manual "}[c])
					}
					named := strings.Split(strings.NewReplacer(reasons...).Replace(strings.Join(lines, "\n")), "\n")
					for i := range named { // only the planned time is preceded by a reason
						named[i] = strings.TrimSpace(named[i])
					}
					s.expect(named...)
					if diff := cmp.Diff(counts[overlap], s.State().Jobs[0].Counts); diff != "" {
						t.Errorf("counts (-want +got):\n%s", diff)
					}
					s.stop()
				})
			})
		}
	}
}

// mixed is a spec that has ticks where the mix has an S.
func mixed(mix string, overlap Overlap) Spec {
	var minutes []string
	for i, minute := range []string{"10", "20", "30"} {
		if mix[i] == 'S' {
			minutes = append(minutes, minute)
		}
	}
	if minutes == nil {
		return Spec{Cron: "0 0 1 2 *", Overlap: overlap}
	}
	return Spec{Cron: strings.Join(minutes, ",") + " 0 1 1 *", Overlap: overlap}
}

// What was asked for by hand is told at once what becomes of it.
func TestRunNowAnswers(t *testing.T) {
	for overlap, want := range map[Overlap][]Outcome{
		OverlapSkip: {Start, Skip, Skip}, OverlapQueueOne: {Start, Queue, Skip}, OverlapReplace: {Start, Replace, Replace},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, Config{Jobs: jobs(t, Spec{Cron: "@yearly", Overlap: overlap}), Pass: work(time.Hour, time.Hour)})
			var got []Outcome
			for range want {
				o, err := s.RunNow("")
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, o)
				synctest.Wait()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", overlap, diff)
			}
			if _, err := s.RunNow("b"); err == nil || !strings.Contains(err.Error(), `"b"`) {
				t.Errorf("RunNow of an unknown job = %v", err)
			}
			s.stop()
			if _, err := s.RunNow("a"); !errors.Is(err, ErrStopped) {
				t.Errorf("RunNow after the end = %v", err)
			}
		})
	}
}

// Two schedules share one turn, and the policy is that of the second.
func TestOverlapAcrossSchedules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, Config{Pass: work(15*time.Minute, 0), Jobs: []Job{
			{Name: "a", Schedule: must(t, Spec{Cron: "10 0 1 1 *"})},
			{Name: "b", Schedule: must(t, Spec{Cron: "10 0 1 1 *"})},
			{Name: "c", Schedule: must(t, Spec{Cron: "20 0 1 1 *", Overlap: OverlapQueueOne})},
			{Name: "d", Schedule: must(t, Spec{Cron: "30 0 1 1 *", Overlap: OverlapReplace})},
		}})
		s.until("1:00")
		s.expect("00:10 skipped b schedule 00:10 overlap", "00:10 started a schedule 00:10",
			"00:20 queued c schedule 00:20", "00:25 finished a schedule 00:10", "00:25 started c schedule 00:20",
			"00:30 replaced c schedule 00:20", "00:30 queued d schedule 00:30",
			"00:30 finished c schedule 00:20 pass is replaced by a later one replaced",
			"00:30 started d schedule 00:30", "00:45 finished d schedule 00:30")
		s.stop()
	})
}

// A tick that waited beyond its deadline is not started, and said so.
func TestQueuedTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := Spec{Cron: "10,20 0 1 1 *", Overlap: OverlapQueueOne, Deadline: 30 * time.Minute}
		s := play(t, Config{Jobs: jobs(t, spec), Pass: work(time.Hour, 0)})
		s.until("2:00")
		s.expect("00:10 started a schedule 00:10", "00:20 queued a schedule 00:20",
			"01:10 finished a schedule 00:10", "01:10 skipped a schedule 00:20 late")
		s.stop()
	})
}

// The context says why it ended.
func TestCauseOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		causes := make(chan error, 2)
		s := play(t, Config{
			Jobs: jobs(t, Spec{Cron: "@yearly", Overlap: OverlapReplace}),
			Pass: func(ctx context.Context, _ Tick) error {
				<-ctx.Done()
				causes <- context.Cause(ctx)
				return nil
			},
		})
		for range 2 {
			if _, err := s.RunNow("a"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		s.stop()
		if first, second := <-causes, <-causes; !errors.Is(first, ErrReplaced) || !errors.Is(second, context.Canceled) {
			t.Errorf("causes are %v, then %v", first, second)
		}
	})
}
