package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/sim"
)

// openHolder opens the ledger of st as another process would.
func openHolder(st *stage) (*sqlite.Ledger, error) {
	return sqlite.Open(context.Background(), st.path("state/queue.db"), sqlite.Options{Command: "run"})
}

// files maps each file below dir to its contents; nothing if there is no dir.
func (st *stage) files(dir string) map[string]string {
	st.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(st.path(dir), func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			all[path] = "folder"
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		st.Fatal(err)
	}
	return all
}

// TestDryRunLeavesNoTrace compares the whole state folder, bad lines included.
func TestDryRunLeavesNoTrace(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.invalid_share", 0.5)
	dry := func() {
		st.write("tasks.txt", "a1\na2\na3\nno good\n")
		before := st.files("state")
		code, stdout, stderr := st.cleaner("run", "--dry-run", "--ids", st.path("tasks.txt"))
		st.want("exit code "+stderr, code, exitOK)
		st.want("summary", stdout != "", true)
		if diff := cmp.Diff(before, st.files("state")); diff != "" {
			t.Errorf("state folder (-before +after):\n%s", diff)
		}
	}
	dry()
	st.want("files before any pass", len(st.files("state")), 0)
	st.write("tasks.txt", "b1\nno good\n")
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	dry()
}

// TestDryRunIsNotPaced: nothing is sent, so nothing is waited for. At one
// request a minute the pass would not end within its time box.
func TestDryRunIsNotPaced(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("limits.rate", 1.0/60)
	st.set("limits.burst", 1)
	st.ids(100)
	r := st.pass(exitOK, "--dry-run", "--ids", st.path("tasks.txt"), "--max-duration", "50s")
	st.want("would delete", r.WouldDelete, int64(100))
}

// TestDryRunTellsItsStop: a rehearsal that could not go to its end is not well.
func TestDryRunTellsItsStop(t *testing.T) {
	tests := []struct {
		name string
		code int
		by   string
		run  func(st *stage) []string
	}{
		{"a protect list that cannot be read", exitBelt, "protect_file", func(st *stage) []string {
			st.set("safety.protect_file", st.path("no-list"))
			return nil
		}},
		{"over the cap", exitOK, "cap", func(st *stage) []string { st.set("safety.refuse_above", 99); return nil }},
		{"the budget", exitOK, "max_deletes", func(*stage) []string { return []string{"--max-deletes", "7"} }},
		{"nothing", exitOK, "", func(*stage) []string { return nil }},
		{"the time box", exitLimit, "max_duration", func(*stage) []string { return []string{"--max-duration", "1ns"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			st.ids(100)
			_, _, _ = st.cleaner("load", st.path("tasks.txt"))
			args := append([]string{"run", "--dry-run"}, tt.run(st)...)
			code, stdout, stderr := st.cleaner(args...)
			st.want("exit code", code, tt.code)
			told := strings.Contains(stdout, "stopped by "+tt.by+": ")
			logged := strings.Contains(stderr, `"by":"`+tt.by+`"`)
			st.want("the summary tells it", told, tt.by != "")
			st.want("the log tells it", logged, tt.by != "")
			st.want("requests", st.sim.Truth().Requests, int64(0))
		})
	}
}

// TestDryRunThatFailedFoundNothing: it has no numbers, for they would be false.
func TestDryRunThatFailedFoundNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		code int
		args func(st *stage) []string
	}{
		{"a refused input", exitUsage, func(st *stage) []string { return []string{"--ids", st.write("refused.txt", "no good\n")} }},
		{"results of another program", exitInternal, func(st *stage) []string {
			return []string{"--results", st.write("another.txt", "no line of results\n")}
		}},
		{"a load that ran out of time", exitLimit, func(st *stage) []string {
			return []string{"--ids", st.path("tasks.txt"), "--max-duration", "1ns"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			st.ids(7)
			_, _, _ = st.cleaner("load", st.path("tasks.txt"))
			code, stdout, stderr := st.cleaner(append([]string{"run", "--dry-run"}, tt.args(st)...)...)
			st.want("exit code", code, tt.code)
			st.want("summary", stdout, "")
			st.want("the error is told", strings.Contains(stderr, "cleaner: "), true)
		})
	}
}

// TestDryRunHeedsASignal: its exit code says that the list is not whole.
func TestDryRunHeedsASignal(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(100)
	_, _, _ = st.cleaner("load", st.path("tasks.txt"))
	st.set("safety.protect_file", st.write("protect", "x1")) // fresh, without an end: waited for
	go func() {
		for !held(st) {
			time.Sleep(5 * time.Millisecond)
		}
		st.want("kill", syscall.Kill(os.Getpid(), syscall.SIGTERM), nil)
	}()
	st.pass(exitSignal, "--dry-run")
}

func held(st *stage) bool {
	held, err := sqlite.HolderOf(st.path("state/queue.db"))
	return held != nil && err == nil
}
