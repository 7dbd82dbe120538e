package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"cleaner/internal/sim"
)

// TestStopOfNothing: stop says so when this serve makes no pass, and when another
// process is at work it names it and says how that is stopped.
func TestStopOfNothing(t *testing.T) {
	st := newServing(t, sim.Options{Faults: []sim.Fault{fault(t, "hang=20s")}})
	st.set("limits.request_timeout", "30s")
	st.set("limits.grace", "100ms")
	s := st.serve()
	refused := func(says string) {
		t.Helper()
		code, stdout, stderr := st.cleaner("stop")
		st.want("exit code", code, exitUsage)
		if !strings.Contains(stderr, "HTTP 409") || !strings.Contains(stderr, says) || stdout != "" {
			t.Errorf("stop says %q and %q, want %q", stdout, stderr, says)
		}
	}
	refused("this serve makes no pass, and there is nothing to stop")

	st.ids(10)
	args, err := json.Marshal([]string{"run", "--ids", st.path("tasks.txt"), "--config", st.path("cleaner.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	other.Env = append(os.Environ(), childEnv+"="+string(args))
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("another process sends", func() bool { return st.sim.Truth().Deletes > 0 })
	refused(fmt.Sprintf("this serve makes no pass; the ledger is held by process %d (run) on ", other.Process.Pid))
	refused(fmt.Sprintf("with a signal there: kill %d", other.Process.Pid))
	if err := other.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	_ = other.Wait() // it ends as it was told to
	st.want("exit code of the other", other.ProcessState.ExitCode(), exitSignal)
	s.stop()
}

// TestSteeringWithAFault: a serve goes on with its old configuration while the file has a
// fault, and is paused, stopped and started all the same. Where the file does not say which
// ledger is meant, nothing is done.
func TestSteeringWithAFault(t *testing.T) {
	st := newServing(t, sim.Options{Faults: []sim.Fault{fault(t, "hang=20s")}})
	st.set("limits.request_timeout", "30s")
	st.set("limits.grace", "100ms")
	st.ids(10)
	_, _, _ = st.cleaner("load", st.path("tasks.txt"))
	s := st.serve()
	good := st.cfg["queue"]
	st.set("limits.rate", "fast")
	st.set("log.levle", "warn")
	st.cfg["schedlue"] = []any{}
	steer := func(wantCode int, says string, args ...string) {
		t.Helper()
		code, stdout, stderr := st.cleaner(args...)
		st.want(args[0], code, wantCode)
		if !strings.Contains(stdout+stderr, says) || !strings.Contains(stderr, "limits.rate: must be a number") {
			t.Errorf("%v says %q and %q, want %q and the fault", args, stdout, stderr, says)
		}
	}
	steer(exitOK, "A pass was requested", "trigger")
	s.until("the pass sends", func() bool { return st.sim.Truth().Requests > 1 })
	steer(exitOK, "The pace has changed", "set", "--workers", "1", "-q")
	steer(exitOK, "Paused", "pause")
	steer(exitOK, "", "stop")
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	steer(exitOK, "Resumed", "resume")
	for _, queue := range []any{nil, map[string]any{}, map[string]any{"ulr": "sqlite:x"}, map[string]any{"url": 1}} {
		st.cfg["queue"] = queue
		steer(exitUsage, "", "pause")
		steer(exitUsage, "", "trigger")
	}
	st.cfg["queue"] = good
	s.stop()
}
