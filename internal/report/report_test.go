package report

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

var (
	noon  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	whole = Report{
		Loaded: 100, Duplicates: 3, Rejected: 2, Deleted: 80, Gone: 10, Protected: 5, Dead: 4, Pending: 1,
		Requests: 120, Retries: 25, Throttled: 2, Logins: 1, StartedAt: noon, FinishedAt: noon.Add(90 * time.Second),
	}
	before = queue.Counts{Pending: 40, Deleted: 1000, Gone: 7}
	after  = queue.Counts{Pending: 1, Deleted: 1080, Gone: 17, Protected: 5, Dead: 4}
)

// TestReportSaysWhereTheResultsEnd: one pass's note for verifying the next day.
func TestReportSaysWhereTheResultsEnd(t *testing.T) {
	r := whole
	r.Results = &Head{Lines: 7, Chain: Seed}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `
  "results": {
    "lines": 7,
    "chain": "` + Seed + `"
  }
}
`
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("report ends otherwise:\n%s", &out)
	}
}

// TestReportKeys holds the report to its interface: these keys, in this order.
func TestReportKeys(t *testing.T) {
	var out bytes.Buffer
	if err := whole.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `{
  "loaded": 100,
  "duplicates": 3,
  "rejected": 2,
  "deleted": 80,
  "gone": 10,
  "protected": 5,
  "dead": 4,
  "pending": 1,
  "requests": 120,
  "retries": 25,
  "throttled": 2,
  "logins": 1,
  "started_at": "2026-05-01T12:00:00Z",
  "finished_at": "2026-05-01T12:01:30Z",
  "stopped_by": "",
  "exit_code": 0,
  "ledger": {
    "loaded": 0,
    "deleted": 0,
    "gone": 0,
    "protected": 0,
    "dead": 0,
    "pending": 0
  }
}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestBalance(t *testing.T) {
	if err := whole.Balance(before, after); err != nil {
		t.Errorf("a report that balances: %v", err)
	}
	// One wrong number anywhere is found.
	for _, field := range []string{"Loaded", "Deleted", "Gone", "Protected", "Dead", "Pending"} {
		wrong := whole
		f := reflect.ValueOf(&wrong).Elem().FieldByName(field)
		f.SetInt(f.Int() + 1)
		if err := wrong.Balance(before, after); err == nil {
			t.Errorf("one %s too many is not found", field)
		}
	}
	// Also one that leaves the sum as it is.
	wrong := whole
	wrong.Deleted, wrong.Gone = wrong.Deleted+1, wrong.Gone-1
	if err := wrong.Balance(before, after); err == nil || !strings.Contains(err.Error(), "deleted") {
		t.Errorf("a gone counted as deleted: %v", err)
	}
}

func TestSummary(t *testing.T) {
	stopped, dry := whole, whole
	stopped.StoppedBy = "signal"
	stopped.Reason = "stopped by\n  signal hangup"
	dry.DryRun, dry.WouldDelete = true, 95
	over, unread := dry, dry
	over.StoppedBy, over.Reason = "cap", "100 are more than 99"
	unread.StoppedBy, unread.Reason = "protect_file", "open protect: no such file"
	tests := []struct{ name, got, want string }{
		{"a pass", whole.Summary(), "100 task IDs: 80 deleted, 10 gone, 5 protected, 4 dead, 1 pending; 120 requests (25 retries, 2 throttled) in 1m30s"},
		{"a stopped one", stopped.Summary(), "100 task IDs: 80 deleted, 10 gone, 5 protected, 4 dead, 1 pending; 120 requests (25 retries, 2 throttled) in 1m30s; stopped by signal: stopped by signal hangup"},
		{"a rehearsed one", dry.Summary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent"},
		{"a rehearsed one over the cap", over.Summary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent; a real pass would delete nothing, stopped by cap: 100 are more than 99"},
		{"a rehearsed one that was stopped", unread.Summary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent; stopped by protect_file: open protect: no such file"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestAddTakesOverThePass(t *testing.T) {
	var r Report
	r.Add(worker.Pass{
		Deleted: 1, Gone: 2, Protected: 3, Dead: 4, Requests: 5, Retries: 6, Throttled: 7,
		Stop: worker.Stop{Kind: worker.StopSignal, Why: "stopped"},
	})
	want := Report{Deleted: 1, Gone: 2, Protected: 3, Dead: 4, Requests: 5, Retries: 6, Throttled: 7, StoppedBy: "signal", Reason: "stopped"}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
