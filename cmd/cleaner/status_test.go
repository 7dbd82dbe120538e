package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
	"cleaner/internal/status"
)

// TestMissingLedgerIsSaid: a ledger that was moved away, or is looked for in the
// wrong folder, does not look like an empty one.
func TestMissingLedgerIsSaid(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	missing := "no ledger at " + st.path("state/queue.db") + " yet\n"
	_, stdout, _ := st.cleaner("status")
	st.want("it is there, and said not to be", strings.Contains(stdout, missing), false)
	_, stdout, _ = st.cleaner("status", "--json")
	st.want("it is there", strings.Contains(stdout, `"ledger_exists":true`), true)

	st.want("move", os.Rename(st.path("state"), st.path("elsewhere")), nil)
	code, stdout, _ := st.cleaner("status")
	st.want("exit code", code, exitOK)
	st.want("what it says first", strings.HasPrefix(stdout, missing), true)
	_, stdout, _ = st.cleaner("status", "--json")
	st.want("it is not there", strings.Contains(stdout, `"ledger_exists":false`), true)

	t.Chdir(st.path("elsewhere"))
	st.set("queue.url", "sqlite:elsewhere.db")
	_, stdout, _ = st.cleaner("status")
	st.want("a relative path is told whole", strings.HasPrefix(stdout, "no ledger at "+st.path("elsewhere/elsewhere.db")+" yet\n"), true)
}

// TestStatusAsksServe: whether a serve runs, is paused, and when it makes the next
// pass is shown from another shell.
func TestStatusAsksServe(t *testing.T) {
	st := newServing(t, sim.Options{})
	says := func(want string) {
		t.Helper()
		code, stdout, _ := st.cleaner("status")
		st.want("exit code", code, exitOK)
		st.want(want+" in\n"+stdout, strings.Contains(stdout, want), true)
	}
	says("serve      none answers at " + st.path("s") + ": no such file or directory")
	s := st.serve()
	says("serve      running, the next pass is planned for ")
	var shown status.Status
	_, stdout, _ := st.cleaner("status", "--json")
	st.want("JSON", json.Unmarshal([]byte(stdout), &shown), nil)
	if shown.Serve == nil || shown.Serve.Paused || shown.Serve.NextPass == nil || !shown.Serve.NextPass.After(time.Now()) {
		t.Errorf("serve %+v in %s", shown.Serve, stdout)
	}
	_, _, _ = st.cleaner("pause")
	says("serve      paused: schedules start nothing until the pause is over")
	_, _, _ = st.cleaner("resume")
	says("serve      running")
	s.stop()
	says("serve      none answers at ")
	st.set("listen.socket", "")
	_, stdout, _ = st.cleaner("status")
	st.want("without a socket", strings.Contains(stdout, "serve "), false)
}

// TestWatch: at a terminal the status is shown in the place of the one before, with the rate, until
// Ctrl-C, which ends it well.
func TestWatch(t *testing.T) {
	st := newStage(t, sim.Options{})
	s := st.attend("status", "--watch", "--every", "1s")
	s.until("rate       nothing was settled lately")
	s.until("\x1b[J\x1b[Hno ledger")
	code, said := s.types("\x03")
	st.want("exit code", code, exitOK)
	_, left, _ := strings.Cut(said, "\x1b[?1049l")
	st.want("what is left: "+left, strings.Contains(left, "nobody\r\n") && !strings.Contains(left, "\x1b["), true)
}
