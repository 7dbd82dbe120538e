package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cleaner/internal/exitcode"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// Only a success moves the last success.
func TestRuns(t *testing.T) {
	m := New("", "")
	lacks(t, m, nameRunStart, nameRunCompletion, nameRunSuccess, nameRunDuration)
	m.StartRun(noon)
	m.EndRun(noon.Add(90*time.Second), exitcode.OK, worker.StopNone)
	m.StartRun(noon.Add(time.Hour))
	m.EndRun(noon.Add(time.Hour+500*time.Millisecond), exitcode.Belt, worker.StopCanary)
	shows(t, m, `
cleaner_run_duration_seconds 0.5
cleaner_run_last_completion_timestamp_seconds{result="belt"} 1.7723700005e+09
cleaner_run_last_completion_timestamp_seconds{result="success"} 1.77236649e+09
cleaner_run_last_start_timestamp_seconds 1.77237e+09
cleaner_run_last_success_timestamp_seconds 1.77236649e+09
cleaner_run_stopped{by="canary"} 1
cleaner_runs_total{result="belt"} 1
cleaner_runs_total{result="success"} 1`)
}

// A run that leaves dead letters did all that was to do, and succeeded not.
func TestFinishedRuns(t *testing.T) {
	m := New("", "")
	m.RestoreSuccess(noon.Add(-2 * time.Hour)) // of a version that kept nothing else
	shows(t, m, nameRunFinished+" 1.7723592e+09\n"+nameRunSuccess+" 1.7723592e+09")
	m.RestoreFinished(noon.Add(-time.Hour))
	m.RestoreFinished(noon.Add(-3 * time.Hour))
	m.RestoreFinished(time.Now().Add(time.Hour))
	shows(t, m, nameRunFinished+" 1.7723628e+09\n"+nameRunSuccess+" 1.7723592e+09")
	m.EndRun(noon, exitcode.DeadLetters, worker.StopNone)
	shows(t, m, nameRunFinished+" 1.7723664e+09\n"+nameRunSuccess+" 1.7723592e+09")
	for _, code := range []int{exitcode.Limit, exitcode.Belt, exitcode.Credentials, exitcode.Signal, exitcode.Internal, exitcode.Locked, exitcode.Usage} {
		m.EndRun(noon.Add(time.Hour), code, worker.StopNone)
	}
	shows(t, m, nameRunFinished+" 1.7723664e+09\n"+nameRunSuccess+" 1.7723592e+09")
}

// What a run has settled is its own; the total is the process's.
func TestSettledByARun(t *testing.T) {
	m := New("", "")
	m.StartRun(noon)
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}, {State: queue.Pending}, {State: queue.Gone}})
	m.EndRun(noon, exitcode.OK, worker.StopNone)
	m.StartRun(noon)
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}, {State: queue.Deleted}, {State: queue.Dead}})
	shows(t, m, `
cleaner_run_settled_tasks{outcome="dead"} 1
cleaner_run_settled_tasks{outcome="deleted"} 2
cleaner_settled_total{outcome="dead"} 1
cleaner_settled_total{outcome="deleted"} 3
cleaner_settled_total{outcome="gone"} 1`)
}

// A run that ends before it began, at a bad command line, has no duration.
func TestEndWithoutStart(t *testing.T) {
	m := New("", "")
	m.EndRun(noon, exitcode.Usage, worker.StopNone)
	lacks(t, m, nameRunSuccess, nameRunDuration, nameRunStart)
	shows(t, m, `cleaner_runs_total{result="usage"} 1`)
}

func TestRestoreSuccess(t *testing.T) {
	m := New("", "")
	m.RestoreSuccess(time.Time{})
	lacks(t, m, nameRunSuccess)
	m.RestoreSuccess(noon)
	m.RestoreSuccess(noon.Add(-time.Hour))
	shows(t, m, nameRunSuccess+" 1.7723664e+09")
	m.RestoreSuccess(time.Now().Add(time.Hour))
	shows(t, m, nameRunSuccess+" 1.7723664e+09")
	m.EndRun(noon.Add(-time.Hour), 0, worker.StopNone)
	shows(t, m, nameRunSuccess+" 1.7723628e+09") // the clock was set back
}

// Each exit code is counted as its result; what is none of ours is internal.
func TestResults(t *testing.T) {
	want := map[int]string{
		0: "success", 1: "internal", 2: "usage", 3: "dead_letters", 4: "limit", 5: "belt",
		6: "credentials", 7: "locked", 8: "signal", 9: "internal", -1: "internal", 137: "internal",
	}
	for code, name := range want {
		m := New("", "")
		m.EndRun(noon, code, worker.StopNone)
		shows(t, m, `cleaner_runs_total{result="`+name+`"} 1`)
	}
}

// Probes that failed add up over states that were left out and over outages; a
// state told twice counts once.
func TestBreaker(t *testing.T) {
	m := New("", "")
	for _, s := range []policy.BreakerState{
		{Open: true, Since: noon},
		{Open: true, Since: noon, Probes: 1},
		{Open: true, Since: noon, Probes: 1},
		{Open: true, Since: noon, Probes: 4}, // 2 and 3 came too fast
		{Since: noon.Add(time.Minute)},
		{Open: true, Since: noon.Add(time.Hour), Probes: 2},
	} {
		m.SetBreaker(s)
	}
	shows(t, m, "cleaner_breaker_open 1\ncleaner_breaker_probes_total 6")
	m.StartRun(noon.Add(2 * time.Hour))
	shows(t, m, "cleaner_breaker_probes_total 6")
	if open := testutil.ToFloat64(m.breaker.open); open != 0 {
		t.Errorf("open %v after the start of a run, want 0", open)
	}
}

func TestScheduleAndConfig(t *testing.T) {
	m := New("", "")
	lacks(t, m, "cleaner_schedule_next_timestamp_seconds")
	m.SetScheduleNext(noon)
	m.ScheduleSkipped()
	m.ScheduleMissed(2)
	m.ScheduleMissed(-1)
	m.ConfigReloaded(false)
	m.ConfigReloaded(true)
	shows(t, m, `
cleaner_config_last_reload_successful 1
cleaner_config_reloads_total{result="failure"} 1
cleaner_config_reloads_total{result="success"} 1
cleaner_schedule_missed_total 2
cleaner_schedule_next_timestamp_seconds 1.7723664e+09
cleaner_schedule_skipped_total 1`)
}

// steady is a pacer that stays as it is.
type steady struct {
	rate   float64
	waited time.Duration
	state  policy.PaceState
	bound  policy.PaceBound
}

func (s *steady) Rate() float64                              { return s.rate }
func (s *steady) Pace() (policy.PaceState, policy.PaceBound) { return s.state, s.bound }
func (s *steady) Waited() time.Duration                      { return s.waited }

// The time waited goes on from one pacer to the next, and after the last.
func TestPace(t *testing.T) {
	m := New("", "")
	first, second := &steady{rate: 50, waited: time.Second}, &steady{rate: 20}
	m.WatchPace(first)
	first.waited = 3 * time.Second
	m.WatchPace(second)
	second.waited = 500 * time.Millisecond
	shows(t, m, "cleaner_rate_limit 20\ncleaner_rate_limit_wait_seconds_total 3.5")
	m.WatchPace(nil)
	shows(t, m, "cleaner_rate_limit_wait_seconds_total 3.5")
	if now := m.pace.read(); now.rate != 0 {
		t.Errorf("rate %v without a pacer, want 0", now.rate)
	}
}

// The limit is shown with its source and age, and what bounds the pass with the others at 0.
func TestLimitIsShown(t *testing.T) {
	m := New("", "")
	p := &steady{state: policy.PaceState{Achieved: 19, Learned: policy.PaceLearned{Rate: 20, At: noon}}, bound: policy.PaceByLimit}
	m.WatchPace(p)
	shows(t, m, `
cleaner_limit_learned_timestamp_seconds 1.7723664e+09
cleaner_limit_requests_per_second{source="inferred"} 20
cleaner_rate_achieved 19
cleaner_rate_bound{by="limit"} 1`)
	p.state.Learned.Named, p.bound = []policy.PaceNamed{{Limit: 20, Window: time.Second}}, policy.PaceByWorkers
	shows(t, m, `
cleaner_limit_requests_per_second{source="named"} 20
cleaner_rate_bound{by="workers"} 1`)
	m.WatchPace(nil)
	if text := rendered(t, m); strings.Contains(text, "cleaner_limit_learned_timestamp_seconds") || strings.Contains(text, `"} 20`) {
		t.Errorf("without a pacer there is still a limit:\n%s", text)
	}
}

// A run is under way until it ends, and tells what stopped it until the next ends.
func TestRunUnderWay(t *testing.T) {
	m := New("", "")
	names := "cleaner_run_active 1\n"
	m.StartRun(noon)
	shows(t, m, names)
	m.EndRun(noon, exitcode.Limit, worker.StopCap)
	shows(t, m, `cleaner_run_stopped{by="cap"} 1`)
	m.StartRun(noon)
	shows(t, m, names+`cleaner_run_stopped{by="cap"} 1`)
	m.EndRun(noon, exitcode.OK, worker.StopNone)
	if text := rendered(t, m); !strings.Contains(text, "cleaner_run_active 0\n") || !strings.Contains(text, `cleaner_run_stopped{by="cap"} 0`) {
		t.Errorf("after a success:\n%s", text)
	}
}

// Every kind of stop has its series.
func TestEveryStopIsShown(t *testing.T) {
	for _, kind := range worker.StopKinds() {
		m := New("", "")
		m.EndRun(noon, exitcode.Limit, kind)
		shows(t, m, fmt.Sprintf("cleaner_run_stopped{by=%q} 1", kind))
	}
}
