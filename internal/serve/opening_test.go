package serve

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/assemble"
	"cleaner/internal/exitcode"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
)

// TestLedgerIsOpenedBeforeReady: serve makes the ledger before it says that it is ready,
// and does not start with one that it cannot open.
func TestLedgerIsOpenedBeforeReady(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.want("the ledger is there", assemble.Ledger(tr.cfg).Exists(), true)
		tr.want("stop", s.stop(), nil)
	})
	try(t, sim.Options{}, func(tr *trial) {
		tr.want("mkdir", os.Mkdir(tr.path("state"), 0o700), nil)
		tr.write("state/queue.db", "this is no ledger, though it is as long as the header of a database would be: a hundred bytes, or more")
		err := Run(tr.Context(), tr.Context(), tr.cfg, tr.deps)
		if err == nil || !strings.Contains(err.Error(), "serve does not start") || !strings.Contains(err.Error(), "not a ledger") {
			t.Errorf("Run = %v", err)
		}
		tr.want("it listened", tr.web != nil, false)
	})
}

// hold holds the ledger for a command.
func (tr *trial) hold(command string) queue.Ledger {
	tr.Helper()
	q, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{Command: command})
	if err != nil {
		tr.Fatal(err)
	}
	return q
}

// TestServeStartsBesideAPass: a process that holds the ledger does not keep serve from
// starting.
func TestServeStartsBesideAPass(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		q := tr.hold("run")
		s := tr.serve()
		time.Sleep(time.Second)
		tr.want("said", tr.logged("another process holds the ledger"), true)
		tr.want("exit code of a pass beside it", s.pass().ExitCode, exitcode.Internal) // here any error is that
		tr.want("close", q.Close(), nil)
		tr.want("exit code after it", s.pass().ExitCode, exitcode.OK)
	})
}

// TestPassWaitsForLoad: a pass that meets a load waits until that is over. A stop ends
// the waiting, and it has an end of its own.
func TestPassWaitsForLoad(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		q := tr.hold("load")
		s.trigger()
		s.until("it waits", func() bool { return tr.logged("waiting for the ledger") })
		tr.want("load", load(tr.Context(), q, ids(5)), nil)
		time.Sleep(10 * time.Second)
		tr.want("passes", len(s.status().Passes), 0)
		tr.want("close", q.Close(), nil)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("exit code", s.status().Passes[0].ExitCode, exitcode.OK)
		tr.want("deleted", s.status().Passes[0].Deleted, int64(5))

		q = tr.hold("load")
		s.trigger()
		s.until("it waits again", func() bool { return s.status().Pass != nil })
		tr.want("stop", tr.web.Control.Stop(), nil)
		s.until("the stopped pass has ended", func() bool { return len(s.status().Passes) == 2 })
		began := time.Now()
		s.trigger()
		time.Sleep(openPatience - time.Second)
		tr.want("passes while it waits", len(s.status().Passes), 2)
		s.until("the pass that waits in vain has ended", func() bool { return len(s.status().Passes) == 3 })
		tr.want("it gives up in time for the watchdog", time.Since(began) > openPatience && time.Since(began) < stillAtMost, true)
		tr.want("close", q.Close(), nil)
	})
}

// TestElsewhere: whose pass it is that cannot be stopped here shows by host, process and
// instance, for in containers every process has the number 1.
func TestElsewhere(t *testing.T) {
	self := queue.Holder{PID: 1, Host: "a", Instance: "x"}
	held := func(h queue.Holder) *queue.LockedError {
		h.Command = "run"
		return &queue.LockedError{Path: "q.db.lock", Holder: h}
	}
	for name, row := range map[string]struct {
		held *queue.LockedError
		want string
	}{
		"nobody":                         {nil, "nothing to stop"},
		"this process":                   {held(self), "nothing to stop"},
		"the same number elsewhere":      {held(queue.Holder{PID: 1, Host: "b", Instance: "y"}), "process 1 (run) on b"},
		"the same number and name":       {held(queue.Holder{PID: 1, Host: "a", Instance: "y"}), "process 1 (run) on a"},
		"an older version":               {held(queue.Holder{PID: 1, Host: "a"}), "kill 1"},
		"another process":                {held(queue.Holder{PID: 7, Host: "a", Instance: "y"}), "kill 7"},
		"one that has not said its name": {&queue.LockedError{Path: "q.db.lock"}, "another process"},
	} {
		if err := elsewhere(row.held, self); !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
}

// TestOddScheduleFiles: what a clock that was set back and a hand have left in the file
// of ticks does no harm.
func TestOddScheduleFiles(t *testing.T) {
	success := func(at time.Time) string {
		text, err := at.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		return `{"last success":"` + string(text) + `"}`
	}
	const shown = "cleaner_run_last_success_timestamp_seconds "
	for name, row := range map[string]struct {
		text  func(now time.Time) string
		shows bool
	}{
		"null":         {func(time.Time) string { return "null" }, false},
		"empty":        {func(time.Time) string { return "{}" }, false},
		"the past":     {func(now time.Time) string { return success(now.Add(-time.Hour)) }, true},
		"the future":   {func(now time.Time) string { return success(now.Add(time.Hour)) }, false},
		"null inside":  {func(time.Time) string { return `{"last success":null}` }, false},
		"another year": {func(now time.Time) string { return success(now.AddDate(30, 0, 0)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, sim.Options{}, func(tr *trial) {
				tr.want("mkdir", os.Mkdir(tr.path("state"), 0o700), nil)
				tr.write("state/queue.db.schedule.json", row.text(time.Now()))
				s := tr.serve()
				tr.want("a last success is shown", strings.Contains(s.metrics(), "\n"+shown), row.shows)
				tr.want("exit code", s.pass().ExitCode, exitcode.OK)
				kept, err := openTicks(tr.path("state/queue.db.schedule.json"))
				if err != nil {
					t.Fatal(err)
				}
				age := time.Since(kept.last(successKey))
				tr.want("the success is now's", age >= 0 && age < time.Minute, true)
				tr.want("and so is the last pass that finished", kept.last(finishedKey), kept.last(successKey))
				tr.want("stop", s.stop(), nil)
			})
		})
	}
	path := t.TempDir() + "/ticks.json"
	if err := os.WriteFile(path, []byte(`["a"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openTicks(path); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a list: %v", err)
	}
}

// TestStopBeforeTheLedger: a stop while the ledger is waited for is told as a stop.
func TestStopBeforeTheLedger(t *testing.T) {
	stopped := errors.New("stopped")
	taking, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	p := waitingOpener{taking, zap.NewNop(), func(context.Context, bool) (queue.Ledger, error) {
		return nil, &queue.LockedError{Holder: queue.Holder{PID: 1, Command: "load"}}
	}}
	if _, err := p.open(t.Context(), false); !errors.Is(err, stopped) {
		t.Errorf("open = %v", err)
	}
}
