package serve

import (
	"testing"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/report"
	"cleaner/internal/schedule"
)

func TestIdleLine(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	for want, state := range map[string]schedule.State{
		"No pass is to come.":    {Jobs: []schedule.JobState{{}}},
		"Paused by an operator.": {Paused: true, Jobs: []schedule.JobState{{Next: at}}},
		"The next pass begins at 2026-03-01T02:01:00Z.": {Jobs: []schedule.JobState{
			{Next: at.Add(time.Hour)}, {}, {Next: at, Offset: time.Minute}, {Next: at.Add(30 * time.Second), Offset: time.Hour},
		}},
	} {
		if got := idleLine(state); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStatusLine: the line for systemd describes the pass under way.
func TestStatusLine(t *testing.T) {
	p := &admin.Pass{Total: 7, Settled: 2, Traffic: report.Traffic{Requests: 3, Throttled: 1}, Breaker: "It is down."}
	if got, want := passLine(p), "A pass: 2 of 7 settled, 3 requests, 1 throttled. It is down."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
