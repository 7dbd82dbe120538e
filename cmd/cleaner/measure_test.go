package main

import (
	"os"
	"strings"
	"testing"

	"cleaner/internal/sim"
)

// TestRequestsOfCalibration are counted as what they are, and not as deletions or
// logins: the report, the metrics and the truth agree.
func TestRequestsOfCalibration(t *testing.T) {
	st := knowing(t, sim.Options{AbsentAnswer: sim.AbsentNull}, 30)
	st.set("metrics.textfile", st.path("cleaner.prom"))
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(30))
	st.want("calibration", r.Calibration, int64(3))
	st.want("requests", r.Requests, int64(33))
	text, err := os.ReadFile(st.path("cleaner.prom"))
	st.want("metrics", err, nil)
	for _, line := range []string{
		`cleaner_requests_total{class="deleted",op="delete"} 30`,
		`cleaner_requests_total{class="ok",op="calibrate"} 3`,
		`cleaner_requests_total{class="ok",op="login"} 1`,
		`cleaner_settled_total{outcome="deleted"} 30`,
		`cleaner_deletions_indistinct 1`,
	} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("the metrics lack %s\n%s", line, text)
		}
	}
}

// TestBacklogOfAPassThatSendsNothing is handed over too: it is what the cap is about.
func TestBacklogOfAPassThatSendsNothing(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.refuse_above", 5)
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.ids(10)
	st.pass(exitLimit, "--ids", st.path("tasks.txt"))
	text, err := os.ReadFile(st.path("cleaner.prom"))
	if line := `cleaner_ledger_tasks{state="pending"} 10`; err != nil || !strings.Contains(string(text), "\n"+line+"\n") {
		t.Errorf("the textfile lacks %s: %v\n%s", line, err, text)
	}
}
