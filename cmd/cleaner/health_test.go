package main

import (
	"strings"
	"testing"

	"cleaner/internal/rig/freeport"
	"cleaner/internal/sim"
)

// asksHealth runs `cleaner health` and wants an exit code, and one line that says why.
func (st *stage) asksHealth(wantCode int, wantLine string, args ...string) {
	st.Helper()
	code, stdout, stderr := st.cleaner(append([]string{"health"}, args...)...)
	said := stdout + stderr
	if code != wantCode || !strings.Contains(said, wantLine) || strings.Count(said, "\n") != 1 {
		st.Errorf("health %v: exit code %d, said %q; want %d and one line with %q", args, code, said, wantCode, wantLine)
	}
}

// TestHealth follows a serve through its life.
func TestHealth(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.asksHealth(exitInternal, "not healthy: ask the running serve: ")
	s := st.serve()
	st.asksHealth(exitOK, "healthy")
	st.asksHealth(exitOK, "ready", "--ready")

	st.write("state/queue.db", "no ledger")
	st.asksHealth(exitOK, "healthy")
	st.asksHealth(exitInternal, "not ready: the ledger cannot be read: ", "--ready")

	s.stop()
	st.asksHealth(exitInternal, "not healthy: ask the running serve: ")
}

// TestHealthOverTheAddress, when there is no socket: asked without credentials, so
// an address with users of its own is not asked at all.
func TestHealthOverTheAddress(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("listen.address", freeport.ForTest(t))
	st.serve()
	st.set("listen.socket", "")
	st.asksHealth(exitOK, "healthy")
	st.asksHealth(exitOK, "ready", "--ready")
	st.set("listen.web_config_file", st.path("web.yaml"))
	st.asksHealth(exitInternal, "set listen.socket")
}

// TestHealthMindsItsSectionAlone: a serve goes on with the old configuration while
// the file has a fault, and must not be killed for it.
func TestHealthMindsItsSectionAlone(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.serve()
	st.set("limits.workers", -1)
	st.set("limits.wrokers", 1)
	delete(st.cfg, "auth")
	st.asksHealth(exitOK, "healthy")
	st.cfg["listen"] = map[string]any{"socket": []any{thePassword}}
	st.asksHealth(exitInternal, "listen")
}

// TestHealthWithoutAConfiguration is a no, not a usage error: a container's health
// check may end with 0 or 1 alone.
func TestHealthWithoutAConfiguration(t *testing.T) {
	code, _, stderr := oneShot(t, "health", "--config", "/nowhere/c.yaml")
	if code != exitInternal || !strings.Contains(stderr, "/nowhere/c.yaml") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
