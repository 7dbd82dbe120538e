package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"cleaner/internal/sim"
)

// reload writes the stage's configuration and sends the hangup.
func (s *serving) reload() {
	s.Helper()
	text, err := yaml.Marshal(s.cfg)
	if err != nil {
		s.Fatal(err)
	}
	s.write("serve.yaml", string(text))
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		s.Fatal(err)
	}
}

// spool leaves n task IDs in the spool and returns them.
func (st *stage) spool(n int) []string {
	st.Helper()
	ids := st.ids(n)
	if err := os.Rename(st.path("tasks.txt"), st.path("spool/tasks.txt")); err != nil {
		st.Fatal(err)
	}
	return ids
}

// TestServeReloads: a valid change holds at once, an invalid one and one that needs
// a restart leave everything as it was, and say so.
func TestServeReloads(t *testing.T) {
	st := newServing(t, sim.Options{})
	s := st.serve()
	st.set("limits.rate", 77)
	s.reload()
	s.until("the new rate holds", func() bool { return s.status().MaxRate == 77 })
	for key, value := range map[string]any{"limits.rate": -1, "listen.pprof": true} {
		st.set(key, value)
		s.reload()
		s.until(key+" is refused", func() bool {
			alerts := s.status().Alerts
			return len(alerts) == 1 && strings.Contains(alerts[0], strings.Split(key, ".")[0])
		})
		st.want("rate", s.status().MaxRate, 77.0)
		_, page := s.get("/metrics")
		st.want("the metric says so", strings.Contains(page, "cleaner_config_last_reload_successful 0\n"), true)
		st.set("limits.rate", 77)
		st.set("listen.pprof", false)
		s.reload()
		s.until("all is well again", func() bool { return len(s.status().Alerts) == 0 })
	}
}

// TestReloadWithinAPass: rate, workers and protect list hold for the pass under
// way, within a second; no ID is lost, sent twice, or deleted though it is now
// protected.
func TestReloadWithinAPass(t *testing.T) {
	st := newServing(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	st.set("limits.workers", 1)
	ids := st.spool(400)
	s := st.serve()
	if code, _, stderr := st.cleaner("trigger"); code != exitOK {
		t.Fatalf("trigger: %s", stderr)
	}
	s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 5 })
	st.want("most in flight with one worker", st.sim.Truth().MaxConcurrent, int64(1))
	last := ids[len(ids)-1]
	st.set("safety.protect_file", st.write("protect.txt", last+"\n"))
	st.set("limits.workers", 8)
	st.set("limits.rate", 5000)
	s.reload()
	s.until("eight are in flight", func() bool { return st.sim.Truth().MaxConcurrent == 8 })
	st.want("the pass goes on", s.status().Pass != nil, true)
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	got := s.status()
	st.want("deleted", got.Ledger.Deleted, int64(399))
	st.want("protected", got.Ledger.Protected, int64(1))
	truth := st.sim.Truth()
	st.want("requests", truth.Deletes, int64(399))
	st.want("most in flight", truth.MaxConcurrent, int64(8))
	st.want("connections at most", truth.Connections <= 8+2, true)
}

// TestWorkersAreSetWithinAPass: the operator's word holds at once, for fewer as
// for more.
func TestWorkersAreSetWithinAPass(t *testing.T) {
	st := newServing(t, sim.Options{Latency: sim.Latency{Min: 300 * time.Millisecond}})
	st.set("limits.workers", 6)
	st.spool(200)
	s := st.serve()
	say := func(args ...string) {
		t.Helper()
		if code, _, stderr := st.cleaner(args...); code != exitOK {
			t.Fatalf("%v: %s", args, stderr)
		}
	}
	say("trigger")
	s.until("six are in flight", func() bool { return st.sim.Truth().MaxConcurrent == 6 })
	say("set", "--workers", "2")
	s.until("two are in flight", func() bool { p := s.status().Pass; return p != nil && p.InFlight == 2 })
	st.want("workers as shown", s.status().Workers, 2)
	_, page := s.get("/metrics")
	st.want("workers as measured", strings.Contains(page, "cleaner_workers 2\n"), true)
	say("set", "--workers", "12")
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	st.want("most in flight", st.sim.Truth().MaxConcurrent, int64(12))
	st.want("requests", st.sim.Truth().Deletes, int64(200))
}

// TestReloadedSchedule: another schedule and another log level hold at once, and
// after a restart the new schedule is known to have begun.
func TestReloadedSchedule(t *testing.T) {
	st := newServing(t, sim.Options{})
	s := st.serve()
	st.want("passes", len(s.status().Passes), 0)
	st.cfg["schedule"] = []any{map[string]any{"cron": "@yearly"}, map[string]any{"cron": "@every 1s"}}
	st.set("log.level", "error")
	s.reload()
	s.until("a pass by the new schedule", func() bool { return len(s.status().Passes) > 0 })
	st.want("its name", s.status().Passes[0].Schedule, "schedule[1]")
	st.want("schedules as shown", len(s.status().Schedules), 2)
	st.cfg["schedule"] = []any{}
	s.reload()
	s.until("none is refused", func() bool { return len(s.status().Alerts) == 1 })
	st.want("schedules as shown", len(s.status().Schedules), 2)
	_, log := s.stop()
	if strings.Contains(log, "pass ended") { // which the passes at level info say
		t.Errorf("level error, and the log says\n%s", log)
	}
	kept, err := os.ReadFile(st.path("state/queue.db.schedule.json"))
	if err != nil || !strings.Contains(string(kept), "@every 1s") || !strings.Contains(string(kept), "@yearly") {
		t.Errorf("ticks kept: %v %s", err, kept)
	}
}
