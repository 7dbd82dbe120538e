package main

import (
	"errors"
	"strings"
	"testing"

	"cleaner/internal/queue"
	"cleaner/internal/queue/queuetest"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// died leaves a ledger as a process does that settled n of the IDs as dead letters, wrote
// the lines of the first few of these, written, to the results file, and died.
func (st *stage) died(ids []string, n, written int) {
	st.Helper()
	l, err := sqlite.Open(st.Context(), st.path("state/queue.db"), sqlite.Options{})
	if err != nil {
		st.Fatal(err)
	}
	outcomes := queuetest.Death{
		IDs: ids, Settled: n, State: queue.Dead, Results: st.path("results.jsonl"), Note: "the far side is down",
	}.Leave(st.T, l)
	r, err := report.OpenResults(st.path("results.jsonl"))
	if err != nil {
		st.Fatal(err)
	}
	st.want("write", errors.Join(r.Write(outcomes[:written]...), r.Close(), l.Close()), nil)
}

// TestDeathIsShown: status in another shell shows a pass whose process died, until the next
// command that writes has completed its results.
func TestDeathIsShown(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.died(st.ids(10), 6, 2)
	_, stdout, _ := st.cleaner("status")
	for _, says := range []string{"did not end in order", "the far side is down"} {
		st.want(says+" in\n"+stdout, strings.Contains(stdout, says), true)
	}
	code, _, stderr := st.cleaner("dead", "drop", "--all")
	st.want("exit code", code, exitOK)
	st.want("the log says it", strings.Contains(stderr, cutShort), true)
	st.want("lines", len(st.results()), 6)
	_, stdout, _ = st.cleaner("status")
	st.want("status still tells of a pass", strings.Contains(stdout, "\npass "), false)
}

// cutShort is how the log line begins that is written while the results file of a
// dead pass is looked at: with the ledger open, and before anything else is done.
const cutShort = "a pass was cut short"
