package serve

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/admin"
	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/sim"
)

// TestServeIsSteered: the rate is changed in the middle of a pass, the pass is
// stopped with the rest pending, and nothing is lost or sent twice.
func TestServeIsSteered(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Limits.Rate, tr.cfg.Limits.Burst = 20, 1
		tr.spool(3000)
		s := tr.serve()
		control := tr.web.Control
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 3 })
		tr.want("set", control.Set(5000, 0), nil)
		s.until("the new rate holds", func() bool { p := s.status().Pass; return p != nil && p.Rate == 5000 && p.Requests > 200 })
		tr.want("pause", control.Pause(tr.Context(), admin.Pause{By: "ann@host"}), nil)
		tr.want("paused", s.status().Paused, true)
		tr.want("stop", control.Stop(), nil)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		first := s.status().Passes[0]
		tr.want("exit code of the stopped pass", first.ExitCode, exitcode.Signal)
		tr.want("some are left", first.Pending > 0, true)
		tr.want("resume", control.Resume(tr.Context(), "ann@host"), nil)
		s.pass()
		tr.want("deleted", s.status().Ledger.Deleted, int64(3000))
		truth := tr.sim.Truth()
		tr.want("effects", truth.Effects, int64(3000))
		tr.want("requests", truth.Deletes, int64(3000))
	})
}

// TestStoppingIsShown: a pass that was told to stop says so while its requests finish,
// whether an operator stops the pass or a signal the whole serve.
func TestStoppingIsShown(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: 2 * time.Second}}, func(tr *trial) {
		tr.cfg.Limits.Workers = 1
		tr.spool(20)
		s := tr.serve()
		stopping := func() bool { p := s.status().Pass; return p != nil && p.Stopping }
		begin := func() {
			t.Helper()
			s.trigger()
			s.until("a request is under way", func() bool { p := s.status().Pass; return p != nil && p.InFlight > 0 })
			tr.want("stopping before it is told to", stopping(), false)
		}
		begin()
		tr.want("stop", tr.web.Control.Stop(), nil)
		tr.want("stopping by an operator", stopping(), true)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("the pass that is over", s.status().Pass == nil, true)
		begin()
		go func() { _ = s.stop() }()
		s.until("stopping by a signal", func() bool { return stopping() && s.status().Draining })
		reasons := tr.web.Ready(tr.Context())
		tr.want("reasons not to be ready", len(reasons) == 1 && reasons[0] == "the process is about to end", true)
	})
}

// TestPassIsOverWhenTheNextMayBegin: whoever sees that a pass is over can ask for the next
// one. While it still notes what it came to, it is under way.
func TestPassIsOverWhenTheNextMayBegin(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.spool(10)
		s := &serving{trial: tr}
		seen := map[string]int{}
		tr.deps.Log = tr.deps.Log.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
			switch {
			case strings.Contains(e.Message, " task IDs: "):
				seen["summary"]++
				st := s.status()
				tr.want("under way still", st.Pass != nil && len(st.Passes) == seen["ended"], true)
			case e.Message == "pass ended":
				seen["ended"]++
				st := s.status()
				tr.want("over", st.Pass == nil && len(st.Passes) == seen["ended"], true)
				if seen["ended"] == 1 {
					tr.want("the next one", tr.web.Control.RunNow(), nil)
				}
			}
			return nil
		}))
		s = tr.serve()
		s.trigger()
		s.until("two passes have ended", func() bool { return len(s.status().Passes) == 2 })
		synctest.Wait()
		tr.want("summaries", seen["summary"], 2)
		tr.want("ends", seen["ended"], 2)
	})
}

// TestServeMakesPassesOnItsSchedule; a tick is honoured once.
func TestServeMakesPassesOnItsSchedule(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "@every 1h"}}
		tr.spool(10)
		s := tr.serve()
		time.Sleep(150 * time.Minute)
		got := s.status()
		tr.want("passes by schedule", len(got.Passes), 2)
		tr.want("of which schedule", got.Passes[0].Schedule, "schedule[0]")
		tr.want("deleted", got.Ledger.Deleted, int64(10))
		if next := got.Schedules[0].NextUTC; !next.After(time.Now()) || next.After(time.Now().Add(time.Hour)) {
			t.Errorf("the next run is shown at %v", next)
		}
		tr.want("end", s.stop(), nil)
		tr.there("state/queue.db.schedule.json", true)
		found, err := filepath.Glob(tr.path("spool/*.txt"))
		if err != nil || len(found) > 0 {
			t.Errorf("the spool has %v, %v", found, err)
		}
		time.Sleep(3 * time.Hour)
		again := tr.serve()
		time.Sleep(time.Minute)
		tr.want("passes for what was missed, beside the two of before", len(again.status().Passes), 3)
	})
}

// TestScheduleIsMeasured: the period and the next tick are shown from the start, a
// pause while it lasts, and a success also after a restart.
func TestScheduleIsMeasured(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "0 0 1 1 *"}, {Cron: "0 0 1 * *"}}
		const success = "cleaner_run_last_success_timestamp_seconds "
		s := tr.serve()
		s.shows("cleaner_schedule_period_seconds 2.6784e+06\n", true)
		s.shows("cleaner_schedule_next_timestamp_seconds ", true)
		s.shows("cleaner_schedule_paused 0\n", true)
		s.shows(success, false)
		tr.want("pause", tr.web.Control.Pause(tr.Context(), admin.Pause{By: "ann@host"}), nil)
		s.until("paused", func() bool { return s.status().Paused })
		time.Sleep(time.Second)
		s.shows("cleaner_schedule_paused 1\n", true)
		tr.want("resume", tr.web.Control.Resume(tr.Context(), "ann@host"), nil)
		time.Sleep(time.Second)
		s.shows("cleaner_schedule_paused 0\n", true)
		s.pass()
		s.shows(success, true)
		tr.want("end", s.stop(), nil)
		tr.deps.Metrics = newMetrics()
		tr.serve().shows(success, true)
	})
}

// TestBacklogBetweenPasses is the ledger's of now, and not that of the last pass.
func TestBacklogBetweenPasses(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.loads(ids(5))
		s.pass()
		tr.loads(ids(12)) // these, and more
		s.shows(`cleaner_ledger_tasks{state="pending"} 7`, true)
	})
}

// TestServeThatCannotStart says whose fault that is: the configuration's, or the machine's.
func TestServeThatCannotStart(t *testing.T) {
	tr := newTrial(t, t.TempDir(), sim.Options{})
	tr.cfg.Listen.Address = "0.0.0.0:0"
	tr.deps.Listen = nil // the real one
	for name, err := range map[string]error{
		"a public address": Run(t.Context(), t.Context(), tr.cfg, tr.deps),
		"no schedule":      Run(t.Context(), t.Context(), &config.Config{}, tr.deps),
	} {
		if _, ok := errors.AsType[*StartError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	tr.write("queue.db.schedule.json", "no JSON")
	tr.cfg.Queue.URL = "sqlite:" + tr.path("queue.db")
	err := Run(t.Context(), t.Context(), tr.cfg, tr.deps)
	if _, ok := errors.AsType[*StartError](err); ok || err == nil {
		t.Errorf("ticks that cannot be read: %v", err)
	}
	if err := os.Remove(tr.path("queue.db.schedule.json")); err != nil {
		t.Error(err)
	}
}
