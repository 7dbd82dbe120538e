package main

import (
	"os"
	"strings"
	"testing"

	"cleaner/internal/daemon"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
	"cleaner/internal/sim"
)

// diesAt opens the ledger, loads ids, takes one and leaves the state folder as a
// process leaves it that is killed then.
func (st *stage) diesAt(ids ...string) {
	st.Helper()
	l := st.ledgerWith(ids...)
	if ds, _, err := l.Take(st.Context(), 1); err != nil || len(ds) != 1 {
		st.Fatalf("Take = %v, %v", ds, err)
	}
	st.want("copy", os.CopyFS(st.path("killed"), os.DirFS(st.path("state"))), nil)
	st.want("close", l.Close(), nil)
	st.want("remove", os.RemoveAll(st.path("state")), nil)
	st.want("rename", os.Rename(st.path("killed"), st.path("state")), nil)
}

// TestPoisonIsToldToAll: what is set aside before the work is told to the same
// readers as all that the worker settles.
func TestPoisonIsToldToAll(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("metrics.textfile", st.path("cleaner.prom"))
	if err := os.Mkdir(st.path("state"), 0o700); err != nil {
		t.Fatal(err)
	}
	st.diesAt(st.ids(10)...)
	st.diesAt() // alone
	st.diesAt() // again
	s := st.server(func(string) {})
	err := s.makePass(t.Context(), schedule.Tick{Reason: schedule.Manual})
	st.want("error", err, nil)
	st.want("exit code", s.passes[0].ExitCode, exitDead)
	st.want("dead", s.passes[0].Dead, int64(1))
	st.want("outcomes shown", s.ends[daemon.Outcome{State: "dead", Code: queue.PoisonCode}], int64(1))
	st.want("lines", len(st.results()), 10)
	text, err := os.ReadFile(st.path("cleaner.prom"))
	if line := `cleaner_settled_total{outcome="dead"} 1`; err != nil || !strings.Contains(string(text), "\n"+line+"\n") {
		t.Errorf("the metrics lack %s: %v\n%s", line, err, text)
	}
}
