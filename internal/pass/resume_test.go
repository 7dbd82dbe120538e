package pass

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cleaner/internal/metrics"
	"cleaner/internal/queue"
	"cleaner/internal/queue/queuetest"
	"cleaner/internal/report"
)

// died leaves the ledger as a process does that settled n of its IDs, wrote the lines of
// the first few of these, written, to a results file, and died. results is the file that
// the ledger names.
func (tr *trial) died(state queue.State, all, n, written int, results string) {
	tr.Helper()
	tr.open(func(q queue.Ledger) {
		os := queuetest.Death{IDs: ids(0, all), Settled: n, State: state, Results: results, Note: "the far side is down"}.Leave(tr.T, q)
		r, err := report.OpenResults(tr.path("results.jsonl"))
		if err != nil {
			tr.Fatal(err)
		}
		tr.want("write", r.Write(os[:written]...), nil)
		tr.want("close", r.Close(), nil)
	})
}

// TestResultsAreCompletedAfterADeath: what a dead pass settled and did not tell is in
// its results file before the next one sends anything, whatever file that one writes
// to. A rehearsal leaves it to a pass.
func TestResultsAreCompletedAfterADeath(t *testing.T) {
	for name, want := range map[string]int{"results.jsonl": 10, "other.jsonl": 6} {
		try(t, &far{}, func(tr *trial) {
			tr.died(queue.Deleted, 10, 6, 2, tr.path("results.jsonl"))
			tr.spec.Results = ""
			if _, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec); err != nil {
				t.Error(err)
			}
			tr.want("lines after a rehearsal", len(tr.lines("results.jsonl")), 2)
			tr.spec.Results = tr.path(name)
			tr.pass(tr.Context())
			lines := tr.lines("results.jsonl")
			tr.want("lines", len(lines), want)
			for _, line := range lines {
				if !strings.Contains(line, `"outcome":"deleted"`) || !strings.Contains(line, `"batch":"`) {
					t.Error(line)
				}
			}
			tr.open(func(q queue.Ledger) {
				left, err := q.Unfinished(tr.Context())
				tr.want("passes that have not ended", len(left), 0)
				tr.want("error", err, nil)
			})
		})
	}
}

// TestResultsThatCannotBeCompleted: while a results file cannot be completed nothing
// new is done: what is owed to it would be forgotten.
func TestResultsThatCannotBeCompleted(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.died(queue.Deleted, 10, 6, 2, tr.path("results.jsonl"))
		tr.want("rename", os.Rename(tr.path("results.jsonl"), tr.path("moved")), nil)
		tr.want("link", os.Symlink(tr.path("moved"), tr.path("results.jsonl")), nil)
		tr.spec.Results = tr.path("other.jsonl")
		_, err := tr.fails(tr.Context())
		tr.want("it says what to do: "+err.Error(), strings.Contains(err.Error(), "move it away"), true)
		_, err = Between(tr.Context(), tr.opener(), tr.deps.Log, func(queue.Ledger) (int64, error) {
			t.Error("dead letters are changed")
			return 0, nil
		})
		tr.want("nor are dead letters changed", err != nil, true)
		tr.want("requests", tr.far.requests(), 0)
		tr.want("remove", os.Remove(tr.path("results.jsonl")), nil)
		tr.spec.Results = tr.path("results.jsonl")
		tr.pass(tr.Context())
		tr.want("lines", len(tr.lines("results.jsonl")), 10)
	})
}

// opener opens the ledger of the trial.
func (tr *trial) opener() func(context.Context) (queue.Ledger, error) {
	return func(ctx context.Context) (queue.Ledger, error) { return tr.deps.Open(ctx, false) }
}

// fullLedger is a ledger that cannot end a pass.
type fullLedger struct{ queue.Ledger }

func (fullLedger) Finish(context.Context, queue.PassID) error {
	return errors.New("ledger queue.db is full")
}

// TestOnlyTheResultsAreBlamed: where a results file cannot be completed for another reason than
// its own, nobody is told to move it away, least of all one that another pass writes to.
func TestOnlyTheResultsAreBlamed(t *testing.T) {
	for want, disturb := range map[string]func(*trial){
		"ledger queue.db is full": func(tr *trial) {
			open := tr.deps.Open
			tr.deps.Open = func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
				q, err := open(ctx, rehearse)
				return fullLedger{q}, err
			}
		},
		"another process is appending to it": func(tr *trial) {
			r, err := report.OpenResults(tr.path("results.jsonl"))
			if err != nil {
				tr.Fatal(err)
			}
			tr.Cleanup(func() { tr.want("close", r.Close(), nil) })
		},
	} {
		try(t, &far{}, func(tr *trial) {
			tr.died(queue.Deleted, 10, 6, 2, tr.path("results.jsonl"))
			disturb(tr)
			tr.spec.Results = ""
			_, err := tr.fails(tr.Context())
			if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "make it writable") {
				t.Errorf("want %q and no other advice: %s", want, text)
			}
		})
	}
}

// TestNothingIsOwedToWhatIsNoFile: a results file that went away with its folder, or
// is no file, is owed nothing.
func TestNothingIsOwedToWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"": false, dir + "/no folder/results": false, dir + "/results": true, dir + "/file": true, dir: false, "/dev/null": false,
	} {
		if isOwed(path) != want {
			t.Errorf("%q is owed: %v", path, !want)
		}
	}
}

// TestDeathIsToldAsItWas: what is said of the results file of a dead pass is what
// became of it.
func TestDeathIsToldAsItWas(t *testing.T) {
	for _, tt := range []struct {
		name, results, says string
		added               int64
		settled, told       int
	}{
		{"lines are owed", "results.jsonl", "is complete", 4, 6, 2},
		{"none is owed", "results.jsonl", "is complete", 0, 6, 6},
		{"the folder is gone", "gone/results.jsonl", "written nowhere", 0, 6, 6},
		{"no file was asked for", "", "wrote no results file", 0, 6, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			try(t, &far{}, func(tr *trial) {
				path := ""
				if tt.results != "" {
					path = tr.path(tt.results)
				}
				tr.died(queue.Deleted, 10, tt.settled, tt.told, path)
				_, err := Between(tr.Context(), tr.opener(), tr.deps.Log, func(q queue.Ledger) (int64, error) {
					return q.Drop(tr.Context(), queue.Filter{})
				})
				tr.want("error", err, nil)
				said := tr.logs.Filter(func(e observer.LoggedEntry) bool { return strings.HasPrefix(e.Message, "a pass was cut short") }).All()
				if len(said) != 1 || !strings.Contains(said[0].Message, tt.says) || said[0].ContextMap()["added"] != tt.added {
					t.Errorf("%q is not said: %v", tt.says, said)
				}
			})
		})
	}
}

// TestPoisonIsToldToAll: what is set aside before the work is told to the same
// readers as all that the worker settles.
func TestPoisonIsToldToAll(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		state := tr.path("state")
		tr.at = tr.locate(state + "/queue.db")
		tr.deps.Open, tr.deps.Look = tr.openAt, tr.at.Look
		dies := func(load int) { // at the first ID, as a process that is killed then
			tr.open(func(q queue.Ledger) {
				if load > 0 {
					_, err := tr.file("tasks.txt", ids(0, load)...).Load(tr.Context(), q)
					tr.want("load", err, nil)
				}
				p, err := q.Begin(tr.Context(), "")
				tr.want("begin", err, nil)
				if ds, _, err := p.Take(tr.Context(), 1, time.Now()); err != nil || len(ds) != 1 {
					t.Fatalf("Take = %v, %v", ds, err)
				}
				tr.want("copy", os.CopyFS(tr.path("killed"), os.DirFS(state)), nil)
			})
			tr.want("remove", os.RemoveAll(state), nil)
			tr.want("rename", os.Rename(tr.path("killed"), state), nil)
		}
		dies(10)
		dies(0) // alone
		dies(0) // again
		tr.deps.Metrics = metrics.New("", "")
		r := tr.pass(tr.Context())
		tr.want("dead", r.Dead, int64(1))
		tr.want("deleted", r.Deleted, int64(9))
		tr.want("code observed", tr.ends["task-0000"].Code, queue.PoisonCode)
		tr.want("lines", len(tr.lines("results.jsonl")), 10)
		tr.want("measured", tr.measured(`cleaner_settled_total{outcome="dead"} 1`), true)
	})
}

// TestResultsInAFolderThatIsGone: the ledger is not asked twice.
func TestCompleteResultsOfAnEmptyLedger(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.open(func(q queue.Ledger) { tr.want("error", CompleteResults(tr.Context(), q, zap.NewNop()), nil) })
	})
}
