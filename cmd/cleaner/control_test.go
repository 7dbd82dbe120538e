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
