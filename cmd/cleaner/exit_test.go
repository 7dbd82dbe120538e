package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
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
		{"only what is given, and nothing is", exitUsage, "-", func(*stage, []string) []string { return []string{"--only-given"} }},
		{"a batch that there is not", exitUsage, "", func(*stage, []string) []string { return []string{"--batch", "none"} }},
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
		{"over the cap", exitLimit, "cap", func(st *stage, args []string) []string { st.set("safety.refuse_above", 99); return args }},
		{"the budget", exitLimit, "max_deletes", func(_ *stage, args []string) []string { return append(args, "--max-deletes", "7") }},
		{"the time box", exitLimit, "max_duration", func(st *stage, args []string) []string {
			st.set("limits.rate", 5)
			st.set("limits.burst", 1)
			st.set("safety.canary", 0)                         // each is settled as soon as it is answered
			_, _, _ = st.cleaner("load", st.path("tasks.txt")) // or the time is up before it is loaded, where the machine is busy
			return append(args, "--max-duration", "1s")
		}},
		{"a protect list that cannot be read", exitBelt, "protect_file", func(st *stage, args []string) []string {
			st.set("safety.protect_file", st.path("no-list"))
			return args
		}},
		{"a wrong password", exitCredentials, "credentials", func(st *stage, args []string) []string { st.write("password", "wrong"); return args }},
		{"a signal", exitSignal, "signal", func(st *stage, args []string) []string {
			st.set("limits.rate", 20)
			st.set("limits.burst", 1)
			st.set("safety.canary", 0) // each is settled as soon as it is answered
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
	if st.cfg["safety"].(map[string]any)["refuse_above"] == 99 {
		st.want("requests over the cap", st.sim.Truth().Deletes, int64(0))
	}
}

// TestCodeOf: a stop has its code wherever it comes from, and hides no fault.
func TestCodeOf(t *testing.T) {
	stop := fmt.Errorf("read: %w", &worker.Stop{Kind: worker.StopSignal})
	st := &stage{T: t}
	st.want("a stop", codeOf(stop), exitSignal)
	st.want("a fault", codeOf(errors.New("x")), exitInternal)
	st.want("a fault before a stop", codeOf(errors.Join(asFailure(errors.New("x")), stop)), exitInternal)
	refused, guard := &pass.InputError{Err: errors.New("x")}, &pass.ProtectError{Err: errors.New("x")}
	st.want("an input", codeOf(fmt.Errorf("load: %w", refused)), exitUsage)
	st.want("the protect list", codeOf(guard), exitBelt)
	for _, err := range []error{stop, refused, guard} {
		st.want("an imbalance", codeOf(errors.Join(&pass.BalanceError{Err: errors.New("x")}, err)), exitInternal)
	}
	held := report.Report{StoppedBy: "held", Loaded: 5, Held: 5, States: queue.States{Pending: 5}}
	st.want("nothing but what is held", codeOfReport(&pass.Report{Report: held}, nil), exitBelt)
	held.Loaded, held.Deleted = 6, 1
	st.want("the rest was worked off", codeOfReport(&pass.Report{Report: held}, nil), exitLimit)
	st.want("a rehearsal", codeOfReport(&pass.Report{Well: true, Report: report.Report{StoppedBy: "cap", States: queue.States{Pending: 1}}}, nil), exitOK)
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

func TestDryRunTouchesNothing(t *testing.T) {
	st := newStage(t, sim.Options{})
	ids := st.ids(50)
	st.set("safety.protect_file", st.write("protect", ids[0]+"\n"))
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
		{worker.StopFailedShare, 21, 0, exitBelt}, // also when the last ID went over it
		{worker.StopCanary, 0, 0, exitBelt},
	}
	for _, tt := range tests {
		if got := codeOfPass(tt.kind, tt.dead, tt.pending); got != tt.want {
			t.Errorf("codeOfPass(%q, %d, %d) = %d, want %d", tt.kind, tt.dead, tt.pending, got, tt.want)
		}
	}
}

// TestDocumentedStops: docs/operate.md has each kind of stop, with its exit code.
func TestDocumentedStops(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[worker.StopKind]int{}, map[worker.StopKind]int{}
	for _, kind := range worker.StopKinds() {
		want[kind] = codeOfStop(kind)
	}
	want[worker.StopPanic] = exitInternal // a panic has its code with it
	for _, row := range regexp.MustCompile(`(?m)^\| ((?:`+"`[a-z_]+`"+`(?:, )?)+) \| (\d) \|`).FindAllStringSubmatch(string(text), -1) {
		code, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(row[1], ", ") {
			got[worker.StopKind(strings.Trim(name, "`"))] = code
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented stops (-want +got):\n%s", diff)
	}
}

// TestNoRoomForWhatWasFound: a command that has come to nothing but what it prints fails when
// that cannot be printed.
func TestNoRoomForWhatWasFound(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	if code, _, stderr := st.cleaner("run", "-q", "--dry-run", "--ids", st.path("tasks.txt")); code != exitOK {
		t.Fatal(stderr)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"verdicts", "--learned"}, {"run", "--dry-run", "--ids", st.path("tasks.txt")}, {"check", "--show", "--json"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), append(args, "-q", "--config", st.path("cleaner.yaml")), func(k string) string { return st.env[k] }, strings.NewReader(""), full, &stderr)
		if code != exitInternal || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr.String())
		}
	}
}

// TestNoRoomForTheOutput: what cannot be printed is a fault of the machine, also where the
// library prints it, and no wrong command line.
func TestNoRoomForTheOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"completion", "bash"}, {"version"}, {"verdicts"}, {"help"}, {"run", "--help"}, {"dead"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), full, &stderr)
		if code != exitInternal || strings.Contains(stderr.String(), "--help") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr.String())
		}
	}
}
