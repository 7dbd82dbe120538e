package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/sim"
)

// misplaced are outputs that must not be, relative to the stage's folder.
var misplaced = []struct{ name, results, report, want string }{
	{"a report over the ledger", "", "state/queue.db", "is the ledger"},
	{"a report over the ledger, by a link", "", "link/queue.db", "is the ledger"},
	{"a report over the ledger's log", "", "state/queue.db-wal", "a file of the ledger's"},
	{"a report over the lock", "", "state/queue.db.lock", "a file of the ledger's"},
	{"a report over the rejects", "", "state/queue.db.rejects.jsonl", "a file of the ledger's"},
	{"a report over the schedules", "", "state/queue.db.schedule.json", "a file of the ledger's"},
	{"a report over the configuration", "", "cleaner.yaml", "is the configuration"},
	{"a report over a secret", "", "password", "auth.password.password_file"},
	{"a report over the protect list", "", "protect.txt", "safety.protect_file"},
	{"a report over the metrics", "", "cleaner.prom", "metrics.textfile"},
	{"a report over an input", "", "tasks.txt", "inputs.files[0]"},
	{"a report over an input, by another name", "", "hard-link.txt", "inputs.files[0]"},
	{"a report in the spool", "", "spool/report.json", "inputs.spool"},
	{"a report over the results", "z", "z", "results"},
	{"a report over the results, that are there", "old", "link/../old", "results"},
	{"a report in no folder", "", "nodir/r.json", "its folder"},
	{"a folder", "", "spool", "is a folder"},
	{"results in the ledger", "state/queue.db", "", "is the ledger"},
	{"results in the configuration", "cleaner.yaml", "", "is the configuration"},
	{"results in an input", "tasks.txt", "", "inputs.files[0]"},
	{"results in no folder", "nodir/results.jsonl", "", "its folder"},
}

// atRisk is a stage on which there is something to write over: 3 IDs are in the
// ledger, and to be deleted.
func atRisk(t *testing.T) *stage {
	t.Helper()
	st := newStage(t, sim.Options{})
	st.ids(3)
	st.set("safety.protect_file", st.write("protect.txt", "keep\n"))
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.set("inputs.spool", st.path("spool"))
	st.set("inputs.files", []string{st.path("tasks.txt")})
	st.write("old", "")
	if code, _, stderr := st.cleaner("load", st.path("tasks.txt")); code != exitOK {
		t.Fatal(stderr)
	}
	for _, err := range []error{
		os.Mkdir(st.path("spool"), 0o700),
		os.Symlink(st.path("state"), st.path("link")),
		os.Link(st.path("tasks.txt"), st.path("hard-link.txt")),
		os.WriteFile(st.path("state/queue.db.rejects.jsonl"), nil, 0o600),
	} {
		st.want("error", err, nil)
	}
	return st
}

// TestOutputsOverwriteNothing: a misplaced report or results file is refused before
// anything is loaded or sent, by run and by check, and every file stays as it was.
func TestOutputsOverwriteNothing(t *testing.T) {
	st := atRisk(t) // one for all: nothing of it may change
	for _, tt := range misplaced {
		t.Run(tt.name, func(t *testing.T) {
			st.T = t
			st.misplaced(tt.results, tt.report, tt.want)
		})
		st.T = t
	}
	st.want("requests", st.sim.Truth().Requests, int64(0))
}

// misplaced names outputs by flags and in the configuration.
func (st *stage) misplaced(results, report, says string) {
	st.Helper()
	st.cfg["output"], st.cfg["schedule"] = map[string]any{}, []any{}
	if err := os.Remove(st.path("cleaner.prom")); err != nil && !os.IsNotExist(err) {
		st.Fatal(err)
	}
	_, _, _ = st.cleaner("status") // writes the configuration
	before := st.files(".")
	args := []string{"run", "--ids", st.path("tasks.txt")}
	if results != "" {
		args = append(args, "--results", st.path(results))
	}
	if report != "" {
		args = append(args, "--report", st.dir+"/"+report)
	}
	refuses(st, says, args...)
	after := st.files(".")
	delete(after, st.path("cleaner.prom")) // tells that a pass failed
	if diff := cmp.Diff(before, after); diff != "" {
		st.Errorf("files have changed (-before +after):\n%.2000s", diff)
	}
	for key, name := range map[string]string{"output.results": results, "output.report": report} {
		if name != "" {
			st.set(key, st.dir+"/"+name)
		}
	}
	refuses(st, says, "check")
	refuses(st, says, "run")
	st.cfg["schedule"] = []any{map[string]any{"cron": "0 0 1 1 *"}}
	refuses(st, says, "serve")
	st.want("requests", st.sim.Truth().Requests, int64(0))
}

// TestOutputsOverNoInput: nor over one that a flag names.
func TestOutputsOverNoInput(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	for _, flag := range []string{"--report", "--results"} {
		refuses(st, "is an input", "run", "--ids", st.path("tasks.txt"), flag, st.path("tasks.txt"))
	}
	st.want("deleted when it is elsewhere", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(3))
}

// refuses wants exit code 2 and an error that tells what is wrong.
func refuses(st *stage, want string, args ...string) {
	st.Helper()
	code, _, stderr := st.cleaner(args...)
	if code != exitUsage || !strings.Contains(stderr, want) {
		st.Errorf("%s: exit code %d, said %q; want %d and %q", args[0], code, stderr, exitUsage, want)
	}
}

// TestOutputsToNoFile: what is no file loses nothing, whoever else writes there.
func TestOutputsToNoFile(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	code, stdout, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--report", "/dev/stdout", "--results", "/dev/null")
	st.want("exit code "+stderr, code, exitOK)
	st.want("the report is there", strings.Contains(stdout, `"deleted": 3`), true)
	st.set("output.results", "/dev/null")
	st.set("output.report", "/dev/null")
	for _, command := range []string{"check", "run"} {
		code, _, stderr = st.cleaner(command)
		st.want(command+" "+stderr, code, exitOK)
	}
}

// TestOutputsBesideTheLedger may lie in its folder though that is not there yet: it
// is made with the ledger.
func TestOutputsBesideTheLedger(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	st.set("output.results", st.path("state/results.jsonl"))
	st.set("output.report", st.path("state/report.json"))
	for _, args := range [][]string{{"check"}, {"run", "--ids", st.path("tasks.txt")}, {"check"}} {
		code, _, stderr := st.cleaner(args...)
		st.want(args[0]+" "+stderr, code, exitOK)
	}
	st.want("the report is there", strings.Contains(st.files("state")[st.path("state/report.json")], `"deleted": 3`), true)
}

// TestReportWithoutAConfiguration replaces an earlier report, and nothing else:
// where the ledger is nobody can tell.
func TestReportWithoutAConfiguration(t *testing.T) {
	st := atRisk(t)
	st.set("limits.workers", 0)
	st.write("report.json", `{"exit_code": 0}`)
	for name, replaced := range map[string]bool{"state/queue.db": false, "protect.txt": false, "report.json": true, "new.json": true} {
		before := st.files(".")[st.path(name)]
		refuses(st, "limits.workers", "run", "--report", st.path(name))
		st.want(name+" is replaced", st.files(".")[st.path(name)] != before, replaced)
	}
}
