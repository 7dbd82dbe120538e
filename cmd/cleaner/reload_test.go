package main

import (
	"errors"
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
	then := time.Now().Add(-time.Hour) // so that no pass waits whether somebody is writing it
	if err := errors.Join(os.Chtimes(st.path("tasks.txt"), then, then), os.Rename(st.path("tasks.txt"), st.path("spool/tasks.txt"))); err != nil {
		st.Fatal(err)
	}
	return ids
}

// TestServeReloads at a hangup: a valid change holds at once, an invalid one leaves
// everything as it was, and says so. See TestReload of internal/serve.
func TestServeReloads(t *testing.T) {
	st := newServing(t, sim.Options{})
	s := st.serve()
	st.set("limits.rate", 77)
	s.reload()
	s.until("the new rate holds", func() bool { return s.status().MaxRate == 77 })
	st.set("limits.rate", -1)
	s.reload()
	s.until("it is refused", func() bool {
		alerts := s.status().Alerts
		return len(alerts) == 1 && strings.Contains(alerts[0], "limits")
	})
	st.want("rate", s.status().MaxRate, 77.0)
	_, page := s.get("/metrics")
	st.want("the metric says so", strings.Contains(page, "cleaner_config_last_reload_successful 0\n"), true)
	st.set("limits.rate", 78)
	st.set("log.level", "error")
	s.reload()
	s.until("all is well again", func() bool { return len(s.status().Alerts) == 0 && s.status().MaxRate == 78 })
	s.trigger()
	_, log := s.stop()
	if strings.Contains(log, "pass ended") { // which the passes at level info say
		t.Errorf("level error, and the log says\n%s", log)
	}
}

// TestConnectionsAfterAReload: a pass with more workers opens as many connections as it
// needs, and one of IAM's. See TestReloadWithinAPass of internal/serve.
func TestConnectionsAfterAReload(t *testing.T) {
	st := newServing(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	st.set("limits.workers", 1)
	st.spool(150)
	st.set("safety.canary", 0)
	s := st.serve()
	s.begin()
	s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 5 })
	st.want("most in flight with one worker", st.sim.Truth().MaxConcurrent, int64(1))
	st.set("limits.workers", 8)
	s.reload()
	s.until("eight are in flight", func() bool { return st.sim.Truth().MaxConcurrent == 8 })
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	truth := st.sim.Truth()
	st.want("requests", truth.Deletes, int64(150))
	st.want("most in flight", truth.MaxConcurrent, int64(8))
	st.want("connections at most", truth.Connections <= 8+2, true)
}
