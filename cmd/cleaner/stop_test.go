package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// hanging is a stage whose service answers nothing for a long time.
func hanging(t *testing.T) *stage {
	t.Helper()
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "hang=5s")}})
	st.set("limits.request_timeout", "20s")
	st.set("limits.grace", "20s")
	st.set("safety.canary", 0) // or few requests hang at a time
	st.ids(100)
	return st
}

// signalWhenSending sends the signals once requests are under way.
func (st *stage) signalWhenSending(signals ...syscall.Signal) {
	go func() {
		for st.sim.Truth().Deletes < 16 {
			time.Sleep(time.Millisecond)
		}
		for _, s := range signals {
			st.want("kill", syscall.Kill(os.Getpid(), s), nil)
		}
	}()
}

// TestImpatientStops: what is cut off stays pending, and the numbers are told.
func TestImpatientStops(t *testing.T) {
	tests := []struct {
		name    string
		grace   string
		signals []syscall.Signal // different ones: two alike may arrive as one
	}{
		{"a second signal", "20s", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}},
		{"the grace is over", "300ms", []syscall.Signal{syscall.SIGTERM}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := hanging(t)
			st.set("limits.grace", tt.grace)
			st.signalWhenSending(tt.signals...)
			r := st.pass(exitSignal, "--ids", st.path("tasks.txt")) // checks that it balances
			st.want("stopped by", r.StoppedBy, "signal")
			st.want("loaded", r.Loaded, int64(100))
			st.want("pending", r.Pending, int64(100))
			st.want("pending in the ledger", r.Ledger.Pending, int64(100))
			st.want("results", len(st.results()), 0)
		})
	}
}

// TestHangupUnderNohup: a hangup that is ignored when the pass begins stays so.
func TestHangupUnderNohup(t *testing.T) {
	st := newStage(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	st.set("limits.workers", 2)
	st.set("safety.canary", 0)
	st.ids(20)
	signal.Ignore(syscall.SIGHUP)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	go func() {
		for st.sim.Truth().Effects < 3 {
			time.Sleep(time.Millisecond)
		}
		st.want("kill", syscall.Kill(os.Getpid(), syscall.SIGHUP), nil)
	}()
	st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(20))
}

// TestReportOfWhatNeverBegan: a report of an earlier pass does not stay in place
// of one that could not begin.
func TestReportOfWhatNeverBegan(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	holder, err := openHolder(st)
	if err != nil {
		t.Fatal(err)
	}
	r := st.pass(exitLocked)
	st.want("deleted", r.Deleted, int64(0))
	st.want("ledger", r.Ledger.Deleted, int64(0))
	st.want("close", holder.Close(), nil)
	st.pass(exitUsage, "--max-deletes", "-1")
	st.set("limits.workers", 0)
	st.pass(exitUsage)
}

// TestLocalCommandsNeedAQueueOnly: they contact nobody.
func TestLocalCommandsNeedAQueueOnly(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cfg = map[string]any{"queue": st.cfg["queue"]}
	for _, args := range [][]string{{"status"}, {"dead", "list"}, {"dead", "requeue", "--all"}, {"dead", "drop", "--all"}} {
		code, _, stderr := st.cleaner(args...)
		st.want(strings.Join(args, " ")+stderr, code, exitOK)
	}
	code, _, _ := st.cleaner("run")
	st.want("run", code, exitUsage)
}

// TestBatchesOfOneName: the same name, from two folders, in one call.
func TestBatchesOfOneName(t *testing.T) {
	st := newStage(t, sim.Options{})
	var args []string
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := os.Mkdir(st.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
		args = append(args, st.write(filepath.Join(name, "t.txt"), name+"1\n"))
	}
	code, stdout, stderr := st.cleaner(append([]string{"load"}, args...)...)
	st.want("exit code "+stderr, code, exitOK)
	batches := map[string]bool{}
	for line := range strings.Lines(stdout) {
		_, batch, _ := strings.Cut(line, "as batch ")
		batches[batch] = true
	}
	st.want("batches", len(batches), 4)
}
