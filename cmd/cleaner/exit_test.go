package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// TestExitCodes brings about each exit code of the run command.
func TestExitCodes(t *testing.T) {
	tests := []struct {
		name string
		code int
		by   string // stopped_by of the report, when there is one
		run  func(st *stage, args []string) []string
	}{
		{"all deleted", exitOK, "", func(_ *stage, args []string) []string { return args }},
		{"nothing to do", exitOK, "", func(_ *stage, _ []string) []string { return nil }},
		{"an empty input", exitOK, "", func(st *stage, args []string) []string { st.write("tasks.txt", ""); return args }},
		{"the results cannot be written", exitUsage, "-", func(st *stage, args []string) []string {
			return append(args, "--results", st.path("no/such/folder/results"))
		}},
		{"an unknown flag", exitUsage, "-", func(_ *stage, args []string) []string { return append(args, "--delete-everything") }},
		{"a negative budget", exitUsage, "-", func(_ *stage, args []string) []string { return append(args, "--max-deletes", "-1") }},
		{"a faulty configuration", exitUsage, "-", func(st *stage, args []string) []string { st.set("limits.workers", 0); return args }},
		{"an input that is not there", exitUsage, "-", func(st *stage, _ []string) []string { return []string{"--ids", st.path("none.txt")} }},
		{"an input that is cut off", exitUsage, "-", func(st *stage, args []string) []string {
			st.write("tasks.txt", "\x1f\x8b\x08\x00\x00")
			return args
		}},
		{"an input with NUL bytes", exitUsage, "-", func(st *stage, args []string) []string {
			st.write("tasks.txt", "a1\n\x00\x00\x00\n")
			return args
		}},
		{"an input that is mostly invalid", exitUsage, "-", func(st *stage, args []string) []string {
			st.write("tasks.txt", "good1\nno good\nno good either\n")
			return args
		}},
		{"dead letters", exitDead, "", func(st *stage, args []string) []string {
			st.want("fault", st.sim.SetFaults(fault(st.T, "parameters-200:0.1")), nil)
			return args
		}},
		{"over the cap", exitLimit, "cap", func(st *stage, args []string) []string { st.set("safety.max_deletes", 99); return args }},
		{"the budget", exitLimit, "max_deletes", func(_ *stage, args []string) []string { return append(args, "--max-deletes", "7") }},
		{"the time box", exitLimit, "max_duration", func(st *stage, args []string) []string {
			st.set("limits.rate", 5)
			st.set("limits.burst", 1)
			return append(args, "--max-duration", "4s")
		}},
		{"a protect list that cannot be read", exitBelt, "protect_file", func(st *stage, args []string) []string {
			st.set("safety.protect_file", st.path("no-list"))
			return args
		}},
		{"a wrong password", exitCredentials, "credentials", func(st *stage, args []string) []string { st.write("password", "wrong"); return args }},
		{"a signal", exitSignal, "signal", func(st *stage, args []string) []string {
			st.set("limits.rate", 20)
			st.set("limits.burst", 1)
			go func() {
				for st.sim.Truth().Effects < 3 {
					time.Sleep(time.Millisecond)
				}
				st.want("kill", syscall.Kill(os.Getpid(), syscall.SIGTERM), nil)
			}()
			return args
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			st.ids(100)
			args := tt.run(st, []string{"--ids", st.path("tasks.txt")})
			if tt.by == "-" {
				code, _, stderr := st.cleaner(append([]string{"run"}, args...)...)
				st.want("exit code", code, tt.code)
				st.want("an error is told", strings.Contains(stderr, "cleaner: "), true)
				st.want("requests", st.sim.Truth().Deletes, int64(0))
				return
			}
			r := st.pass(tt.code, args...)
			st.want("stopped by", r.StoppedBy, tt.by)
			checkStop(st, tt.code, r.Deleted, r.Pending)
		})
	}
}

// checkStop holds what a stop left against what the service saw.
func checkStop(st *stage, code int, deleted, pending int64) {
	st.Helper()
	st.want("deleted", deleted, st.sim.Truth().Effects)
	if (code >= exitLimit) != (pending > 0) {
		st.Errorf("exit code %d with %d pending", code, pending)
	}
	if st.cfg["safety"].(map[string]any)["max_deletes"] == 99 {
		st.want("requests over the cap", st.sim.Truth().Deletes, int64(0))
	}
}

// TestTimeBoxEndsALoad: an input that could not be loaded in time is not loaded at
// all, and the report says why.
func TestTimeBoxEndsALoad(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(100)
	r := st.pass(exitLimit, "--ids", st.path("tasks.txt"), "--max-duration", "1ns")
	st.want("stopped by", r.StoppedBy, "max_duration")
	st.want("loaded", r.Loaded, int64(0))
	st.want("requests", st.sim.Truth().Deletes, int64(0))
	r = st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(100))
}

// TestStopBeforeTheWork: what stops a pass before its worker begins ends it as it
// would a moment later, and is no failure.
func TestStopBeforeTheWork(t *testing.T) {
	for _, tt := range []struct {
		kind worker.StopKind
		code int
		cap  int // below what is pending: what is protected is counted
	}{
		{worker.StopMaxDuration, exitLimit, 0},
		{worker.StopMaxDuration, exitLimit, 19},
		{worker.StopSignal, exitSignal, 0},
		{worker.StopSignal, exitSignal, 19},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			st := newStage(t, sim.Options{})
			ids := st.ids(20)
			_, _, _ = st.cleaner("load", st.path("tasks.txt"))
			st.set("safety.max_deletes", tt.cap)
			st.set("safety.protect_file", st.write("protect", ids[0]+"\n"))
			_, _, _ = st.cleaner("status") // writes the configuration
			ctx, stop := context.WithCancelCause(t.Context())
			stop(&worker.Stop{Kind: tt.kind, Why: "a test"})
			var out bytes.Buffer
			p := &pass{app: &app{
				env: func(string) string { return "" }, stdout: &out, stderr: &screen{w: &out}, configPath: st.path("cleaner.yaml"),
			}}
			err := p.finish(t.Context(), p.make(ctx))
			f, ok := errors.AsType[*failure](err)
			st.want("it is no failure but a stop: "+out.String(), ok && f.err == nil, true)
			st.want("exit code", p.report.ExitCode, tt.code)
			st.want("stopped by", p.report.StoppedBy, string(tt.kind))
			st.want("pending", p.report.Pending, int64(20))
			st.want("requests", st.sim.Truth().Requests, int64(0))
		})
	}
}

// TestCodeOf: a stop has its code wherever it comes from, and hides no fault.
func TestCodeOf(t *testing.T) {
	stop := fmt.Errorf("read: %w", &worker.Stop{Kind: worker.StopSignal})
	st := &stage{T: t}
	st.want("a stop", codeOf(stop), exitSignal)
	st.want("a fault", codeOf(errors.New("x")), exitInternal)
	st.want("a fault before a stop", codeOf(errors.Join(asFailure(errors.New("x")), stop)), exitInternal)
}

func TestLockedLedgerNamesItsHolder(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(10)
	q, err := sqlite.Open(context.Background(), st.path("state/queue.db"), sqlite.Options{Command: "run"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, args := range [][]string{{"run"}, {"load", st.path("tasks.txt")}, {"dead", "drop", "--all"}} {
		code, _, stderr := st.cleaner(args...)
		st.want("exit code", code, exitLocked)
		if !strings.Contains(stderr, "held by process") || !strings.Contains(stderr, " (run) ") {
			t.Errorf("%v: holder not named: %s", args, stderr)
		}
	}
	code, stdout, _ := st.cleaner("status")
	st.want("status beside the holder", code, exitOK)
	st.want("status names the holder", strings.Contains(stdout, "pid "), true)
}

// TestFullDiskStopsThePass: once a result cannot be written, nothing more is
// sent, and what was settled is settled all the same.
func TestFullDiskStopsThePass(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3000)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--results", "/dev/full")
	st.want("exit code", code, exitInternal)
	st.want("the error names the file", strings.Contains(stderr, "/dev/full"), true)
	sent := st.sim.Truth().Deletes
	if sent == 0 || sent > 1500 {
		t.Errorf("%d of 3000 were sent before the disk was found full", sent)
	}
	r := st.pass(exitOK)
	st.want("whole ledger", r.Ledger.Deleted, int64(3000))
	st.want("sent again", st.sim.Truth().RepeatsAfterAnswer, int64(0))
}

// TestBudgetContinues: passes with a budget make progress one after the other.
func TestBudgetContinues(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(100)
	st.pass(exitLimit, "--ids", st.path("tasks.txt"), "--max-deletes", "60")
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"), "--max-deletes", "60")
	st.want("loaded by the second", r.Loaded, int64(40))
	st.want("duplicates", r.Duplicates, int64(100))
	st.want("deleted by the second", r.Deleted, int64(40))
	st.want("whole ledger", r.Ledger.Deleted, int64(100))
	st.want("requests", st.sim.Truth().Deletes, int64(100))
}

func TestDryRunTouchesNothing(t *testing.T) {
	st := newStage(t, sim.Options{})
	ids := st.ids(50)
	st.set("safety.protect_file", st.write("protect", ids[0]))
	code, stdout, _ := st.cleaner("run", "--dry-run", "--ids", st.path("tasks.txt"), "--results", st.path("would.jsonl"))
	st.want("exit code", code, exitOK)
	st.want("summary", stdout, "dry run: 49 of 50 task IDs would be deleted, 1 protected; nothing was sent\n")
	st.want("requests", st.sim.Truth().Requests, int64(0))
	text, err := os.ReadFile(st.path("would.jsonl"))
	st.want("lines", strings.Count(string(text), "\n"), 50)
	st.want("error", err, nil)
	// Nothing is loaded: the real run finds all of them new.
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("duplicates", r.Duplicates, int64(0))
	st.want("deleted", r.Deleted, int64(49))
}

func TestReportIsPrivateAndReplaced(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.write("report.json", "old and public")
	if err := os.Chmod(st.path("report.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	st.ids(3)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	for _, name := range []string{"report.json", "results.jsonl", "state/queue.db"} {
		info, err := os.Stat(st.path(name))
		if err != nil {
			t.Fatal(err)
		}
		st.want("mode of "+name, info.Mode().Perm(), os.FileMode(0o600))
	}
	left, err := filepath.Glob(st.path(".report.json*"))
	st.want("temporary files", len(left), 0)
	st.want("error", err, nil)
}

func TestCodeOfPass(t *testing.T) {
	tests := []struct {
		kind          worker.StopKind
		dead, pending int64
		want          int
	}{
		{worker.StopNone, 0, 0, exitOK},
		{worker.StopNone, 1, 0, exitDead},
		{worker.StopLater, 1, 1, exitLimit},
		{worker.StopThrottle, 0, 1, exitLimit},
		{worker.StopSignal, 0, 1, exitSignal},
		{worker.StopSignal, 0, 0, exitOK}, // it came when all was done
		{worker.StopMaxDuration, 2, 0, exitDead},
		{worker.StopGuard, 0, 1, exitBelt},
		{worker.StopUnreachable, 0, 1, exitBelt},
		{worker.StopFailedShare, 21, 1, exitBelt},
		{worker.StopNotFoundShare, 0, 1, exitBelt},
		{worker.StopCanary, 1, 1, exitBelt},
		{worker.StopFailedShare, 21, 0, exitDead}, // the last ID went over it
	}
	for _, tt := range tests {
		if got := codeOfPass(tt.kind, tt.dead, tt.pending); got != tt.want {
			t.Errorf("codeOfPass(%q, %d, %d) = %d, want %d", tt.kind, tt.dead, tt.pending, got, tt.want)
		}
	}
}
