package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// ledgerWith opens the ledger and loads ids, if there are any.
func (st *stage) ledgerWith(ids ...string) *sqlite.Ledger {
	st.Helper()
	l, err := sqlite.Open(st.Context(), st.path("state/queue.db"), sqlite.Options{})
	if err != nil {
		st.Fatal(err)
	}
	each := func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
	if len(ids) > 0 {
		if _, err := l.Load(st.Context(), queue.Batch{Name: "a"}, each); err != nil {
			st.Fatal(err)
		}
	}
	return l
}

// died leaves a ledger as a process leaves it that died after it had deleted n IDs
// of a pass and before it told of all but told of them.
func (st *stage) died(ids []string, n, told int) {
	st.Helper()
	st.diedWith(queue.Deleted, ids, n, told)
}

// diedWith is died, with IDs that ended otherwise.
func (st *stage) diedWith(state queue.State, ids []string, n, told int) {
	st.Helper()
	l := st.ledgerWith(ids...)
	if err := l.Begin(st.Context(), st.path("results.jsonl")); err != nil {
		st.Fatal(err)
	}
	if err := l.Note(st.Context(), "the far side is down"); err != nil {
		st.Fatal(err)
	}
	ds, _, err := l.Take(st.Context(), n)
	if err != nil || len(ds) != n {
		st.Fatalf("Take = %d, %v", len(ds), err)
	}
	var os []queue.Outcome
	for _, d := range ds {
		now := time.Now()
		os = append(os, queue.Outcome{Delivery: d, State: state, Attempts: 1, FirstAt: now, At: now})
	}
	if err := l.Settle(st.Context(), os); err != nil {
		st.Fatal(err)
	}
	r, err := report.OpenResults(st.path("results.jsonl"))
	if err != nil {
		st.Fatal(err)
	}
	if err := r.Write(os[:told]...); err != nil {
		st.Fatal(err)
	}
	if err := r.Close(); err != nil {
		st.Fatal(err)
	}
	if err := l.Close(); err != nil {
		st.Fatal(err)
	}
}

// What a dead pass settled and did not tell is in its results file before the
// next one sends anything, whatever file that one writes to; and another shell is
// told of the death.
func TestResultsAreCompletedAfterADeath(t *testing.T) {
	for _, other := range []bool{false, true} {
		st := newStage(t, sim.Options{})
		ids := st.ids(10)
		st.died(ids, 6, 2)
		_, stdout, _ := st.cleaner("status")
		if !strings.Contains(stdout, "did not end in order") || !strings.Contains(stdout, "the far side is down") {
			t.Errorf("status says nothing of the death:\n%s", stdout)
		}
		args := []string{"--dry-run"}
		st.pass(exitOK, args...)
		if err := os.Remove(st.path("results.jsonl")); err != nil { // a rehearsal writes lines of its own
			t.Fatal(err)
		}
		want := 10
		if other {
			args, want = []string{"--results", st.path("other.jsonl")}, 6
		} else {
			args = nil
		}
		st.pass(exitOK, args...)
		lines := st.results()
		st.want("lines", len(lines), want)
		for id, line := range lines {
			if line.Outcome != "deleted" || line.Batch != "a" {
				t.Errorf("%s: %+v", id, line)
			}
		}
		if _, stdout, _ := st.cleaner("status"); strings.Contains(stdout, "pass ") {
			t.Errorf("status still tells of a pass:\n%s", stdout)
		}
	}
}

// While a results file cannot be completed nothing new is done: what is owed to
// it would be forgotten.
func TestResultsThatCannotBeCompleted(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.died(st.ids(10), 6, 2)
	if err := os.Rename(st.path("results.jsonl"), st.path("moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(st.path("moved"), st.path("results.jsonl")); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"run", "--results", st.path("other.jsonl")}, {"dead", "drop", "--all"}} {
		code, _, stderr := st.cleaner(command...)
		st.want("exit code", code, exitInternal)
		if !strings.Contains(stderr, "move it away") {
			t.Errorf("%v does not say what to do:\n%s", command, stderr)
		}
	}
	st.want("requests", st.sim.Truth().Deletes, int64(0))
	if err := os.Remove(st.path("results.jsonl")); err != nil {
		t.Fatal(err)
	}
	st.pass(exitOK)
	st.want("lines", len(st.results()), 10)
}

// What is protected does not count against the cap.
func TestCapLeavesOutWhatIsProtected(t *testing.T) {
	st := newStage(t, sim.Options{})
	ids := st.ids(10)
	st.set("safety.max_deletes", 7)
	st.set("safety.protect_file", st.write("protect", strings.Join(ids[:2], "\n")+"\n"))
	r := st.pass(exitLimit, "--ids", st.path("tasks.txt"))
	st.want("requests over the cap", r.Requests, int64(0))
	st.write("protect", strings.Join(ids[:3], "\n")+"\n")
	r = st.pass(exitOK)
	st.want("deleted", r.Deleted, int64(7))
	st.want("protected", r.Protected, int64(3))
}

// A results file that went away with its folder, or is no file, is owed nothing.
func TestNothingIsOwedToWhatIsNoFile(t *testing.T) {
	st := newStage(t, sim.Options{})
	for path, want := range map[string]bool{
		"": false, st.path("no folder/results"): false, st.path("results"): true, st.write("file", ""): true, st.dir: false, "/dev/null": false,
	} {
		st.want("owed "+path, isOwed(path), want)
	}
}

// What is said of the results file of a dead pass is what became of it.
func TestDeathIsToldAsItWas(t *testing.T) {
	for _, tt := range []struct {
		name, results, says, added string
		settled, told              int
	}{
		{"lines are owed", "results.jsonl", "is complete", `"added":4`, 6, 2},
		{"none is owed", "results.jsonl", "is complete", `"added":0`, 6, 6},
		{"the folder is gone", "gone/results.jsonl", "written nowhere", `"added":0`, 6, 6},
		{"no file was asked for", "", "wrote no results file", `"added":0`, 6, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			st.died(st.ids(10), tt.settled, tt.told)
			l, err := openHolder(st)
			if err != nil {
				t.Fatal(err)
			}
			died, _, err := l.Unfinished(st.Context())
			st.want("error", err, nil)
			if path := st.path(tt.results); path != died.Results {
				if tt.results == "" {
					path = ""
				}
				st.want("begin", l.Begin(st.Context(), path), nil)
			}
			st.want("close", l.Close(), nil)
			code, _, stderr := st.cleaner("dead", "drop", "--all")
			st.want("exit code", code, exitOK)
			for _, says := range []string{cutShort, tt.says, tt.added} {
				if !strings.Contains(stderr, says) {
					t.Errorf("%q is not said:\n%s", says, stderr)
				}
			}
		})
	}
}
