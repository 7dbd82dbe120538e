package main

import (
	"os"
	"strings"
	"testing"

	"cleaner/internal/sim"
)

// TestBacklogOfAPassThatSendsNothing is handed over too: it is what the cap is about.
func TestBacklogOfAPassThatSendsNothing(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.max_deletes", 5)
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.ids(10)
	st.pass(exitLimit, "--ids", st.path("tasks.txt"))
	text, err := os.ReadFile(st.path("cleaner.prom"))
	if line := `cleaner_ledger_tasks{state="pending"} 10`; err != nil || !strings.Contains(string(text), "\n"+line+"\n") {
		t.Errorf("the textfile lacks %s: %v\n%s", line, err, text)
	}
}

// TestBacklogBetweenPasses is the ledger's of now, and not that of the last pass.
func TestBacklogBetweenPasses(t *testing.T) {
	st := newServing(t, sim.Options{})
	s := st.serve()
	say := func(args ...string) {
		t.Helper()
		if code, stdout, stderr := st.cleaner(args...); code != exitOK {
			t.Fatalf("%v: %d %s%s", args, code, stdout, stderr)
		}
	}
	st.ids(5)
	say("load", st.path("tasks.txt"))
	say("trigger")
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	st.ids(12) // these, and more
	say("load", st.path("tasks.txt"))
	if _, page := s.get("/metrics"); !strings.Contains(page, `cleaner_ledger_tasks{state="pending"} 7`) {
		t.Error("the metrics do not show what was loaded after the pass")
	}
}
