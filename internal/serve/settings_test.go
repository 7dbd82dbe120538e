package serve

import (
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/sim"
)

// TestReload: a valid change holds at once, an invalid one and one that needs a restart
// leave everything as it was, and say so.
func TestReload(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.cfg.Limits.Rate = 77
		s.reload()
		tr.want("the new rate", s.status().MaxRate, 77.0)
		for key, spoil := range map[string]func(*config.Config){
			"limits":    func(c *config.Config) { c.Limits.Rate = -1 },
			"listen":    func(c *config.Config) { c.Listen.Pprof = true },
			"queue.url": func(c *config.Config) { c.Queue.URL += "x" },
			"log":       func(c *config.Config) { c.Log.Format = "json" },
			"traces":    func(c *config.Config) { c.Traces.Share = 1 },
			"schedule":  func(c *config.Config) { c.Schedule = nil },
		} {
			good := *tr.cfg
			spoil(tr.cfg)
			s.reload()
			alerts := s.status().Alerts
			if len(alerts) != 1 || !strings.HasPrefix(alerts[0], "The configuration was not reloaded: ") || !strings.Contains(alerts[0], key) {
				t.Errorf("%s: the alerts are %q", key, alerts)
			}
			tr.want("rate", s.status().MaxRate, 77.0)
			s.shows("cleaner_config_last_reload_successful 0\n", true)
			*tr.cfg = good
			s.reload()
			tr.want("alerts when all is well again", len(s.status().Alerts), 0)
			s.shows("cleaner_config_last_reload_successful 1\n", true)
		}
	})
}

// TestReloadWithinAPass: rate, workers and protect list hold for the pass under way; no ID
// is lost, sent twice, or deleted though it is now protected.
func TestReloadWithinAPass(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}}, func(tr *trial) {
		tr.cfg.Limits.Workers = 1
		tr.spool(400)
		s := tr.serve()
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 5 })
		tr.want("most in flight with one worker", tr.sim.Truth().MaxConcurrent, int64(1))
		tr.cfg.Safety.ProtectFile = tr.write("protect.txt", ids(400)[399]+"\n")
		tr.cfg.Limits.Workers, tr.cfg.Limits.Rate = 8, 5000
		s.reload()
		s.until("eight are in flight", func() bool { return tr.sim.Truth().MaxConcurrent == 8 })
		tr.want("the pass goes on", s.status().Pass != nil, true)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		got := s.status()
		tr.want("deleted", got.Ledger.Deleted, int64(399))
		tr.want("protected", got.Ledger.Protected, int64(1))
		truth := tr.sim.Truth()
		tr.want("requests", truth.Deletes, int64(399))
		tr.want("most in flight", truth.MaxConcurrent, int64(8))
	})
}

// TestWorkersAreSetWithinAPass: the operator's word holds at once, for fewer as
// for more.
func TestWorkersAreSetWithinAPass(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: 100 * time.Millisecond}}, func(tr *trial) {
		tr.cfg.Limits.Workers = 6
		tr.spool(150)
		s := tr.serve()
		s.trigger()
		s.until("six are in flight", func() bool { return tr.sim.Truth().MaxConcurrent == 6 })
		tr.want("set", tr.web.Control.Set(0, 2), nil)
		s.until("two are in flight", func() bool { p := s.status().Pass; return p != nil && p.InFlight == 2 })
		tr.want("workers as shown", s.status().Workers, 2)
		s.shows("cleaner_workers 2\n", true)
		tr.want("set", tr.web.Control.Set(0, 12), nil)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("most in flight", tr.sim.Truth().MaxConcurrent, int64(12))
		tr.want("requests", tr.sim.Truth().Deletes, int64(150))
		if err := tr.web.Control.Set(0, 1_000_000); err == nil {
			t.Error("a million workers are allowed")
		}
	})
}

// TestReloadedSchedule: another schedule and another log level hold at once, and
// after a restart the new schedule is known to have begun.
func TestReloadedSchedule(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.cfg.Schedule = []config.Tick{{Cron: "@yearly"}, {Cron: "@every 1s"}}
		tr.cfg.Log.Level = "error"
		s.reload()
		s.until("a pass by the new schedule", func() bool { return len(s.status().Passes) > 0 })
		tr.want("its name", s.status().Passes[0].Schedule, "schedule[1]")
		tr.want("schedules as shown", len(s.status().Schedules), 2)
		tr.cfg.Schedule = []config.Tick{}
		s.reload()
		tr.want("alerts", len(s.status().Alerts), 1)
		tr.want("schedules as shown", len(s.status().Schedules), 2)
		tr.want("end", s.stop(), nil)
		tr.want("the log at level error says that a pass ended", tr.logged("pass ended"), false)
		kept, err := os.ReadFile(tr.path("state/queue.db.schedule.json"))
		if err != nil || !strings.Contains(string(kept), "@every 1s") || !strings.Contains(string(kept), "@yearly") {
			t.Errorf("ticks kept: %v %s", err, kept)
		}
	})
}
