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
		Loaded: 100, Duplicates: 3, Rejected: 2,
		States:  queue.States{Deleted: 80, Gone: 10, Protected: 5, Dead: 4, Pending: 1},
		Traffic: Traffic{Requests: 120, Retries: 25, Throttled: 2}, Logins: 1, StartedAt: noon, FinishedAt: noon.Add(90 * time.Second),
	}
	totals = queue.Totals{
		Found: 40, Loaded: 60, Requeued: 5, Elsewhere: 5,
		IDs: queue.ByState{queue.Pending: 1, queue.Deleted: 80, queue.Gone: 10, queue.Protected: 5, queue.Dead: 4},
	}
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
  "withdrawn": 0,
  "dead": 4,
  "pending": 1,
  "requests": 120,
  "retries": 25,
  "throttled": 2,
  "calibration": 0,
  "looks": 0,
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
    "withdrawn": 0,
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
	if err := whole.Balance(totals); err != nil {
		t.Errorf("a report that balances: %v", err)
	}
	// One wrong number anywhere is found.
	for _, field := range []string{"Loaded", "Deleted", "Gone", "Protected", "Dead", "Pending"} {
		wrong := whole
		f := reflect.ValueOf(&wrong).Elem().FieldByName(field)
		f.SetInt(f.Int() + 1)
		if err := wrong.Balance(totals); err == nil {
			t.Errorf("one %s too many is not found", field)
		}
	}
	// Also one that leaves the sum as it is.
	wrong := whole
	wrong.Deleted, wrong.Gone = wrong.Deleted+1, wrong.Gone-1
	if err := wrong.Balance(totals); err == nil || !strings.Contains(err.Error(), "deleted") {
		t.Errorf("a gone counted as deleted: %v", err)
	}
}

func TestRecount(t *testing.T) {
	r := Report{Loaded: 1, Duplicates: 3, States: queue.States{Deleted: 2, Pending: 4}}
	r.Recount(totals)
	if err := r.Balance(totals); err != nil || r.Duplicates != 3 {
		t.Errorf("recounted: %v, %+v", err, r)
	}
}

func TestSummary(t *testing.T) {
	stopped, dry, looked := whole, whole, whole
	looked.Calibration, looked.Looks = 3, 77
	stopped.StoppedBy = "signal"
	stopped.Reason = "stopped by\n  signal hangup"
	dry.DryRun, dry.WouldDelete = true, 95
	over, unread := dry, dry
	over.StoppedBy, over.Reason = "cap", "100 are more than 99"
	unread.StoppedBy, unread.Reason = "protect_file", "open protect: no such file"
	tests := []struct{ name, got, want string }{
		{"a pass", whole.Summary(), "100 task IDs: 80 deleted, 10 gone, 5 protected, 4 dead, 1 pending; 120 requests (25 retries, 2 throttled) in 1m30s; the inputs held 3 duplicates and 2 rejected lines"},
		{"a stopped one", stopped.Summary(), "100 task IDs: 80 deleted, 10 gone, 5 protected, 4 dead, 1 pending; 120 requests (25 retries, 2 throttled) in 1m30s; the inputs held 3 duplicates and 2 rejected lines; stopped by signal: stopped by signal hangup"},
		{"one that looked", looked.Summary(), "100 task IDs: 80 deleted, 10 gone, 5 protected, 4 dead, 1 pending; 120 requests (25 retries, 3 to calibrate, 2 throttled) and 77 looks in 1m30s; the inputs held 3 duplicates and 2 rejected lines"},
		{"a rehearsed one", dry.DryRunSummary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent; the inputs held 3 duplicates and 2 rejected lines"},
		{"a rehearsed one over the cap", over.DryRunSummary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent; the inputs held 3 duplicates and 2 rejected lines; a real pass would delete nothing, stopped by cap: 100 are more than 99"},
		{"a rehearsed one that was stopped", unread.DryRunSummary(), "dry run: 95 of 100 task IDs would be deleted, 5 protected; nothing was sent; the inputs held 3 duplicates and 2 rejected lines; stopped by protect_file: open protect: no such file"},
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
	want := Report{
		States: queue.States{Deleted: 1, Gone: 2, Protected: 3, Dead: 4}, Traffic: Traffic{Requests: 5, Retries: 6, Throttled: 7},
		StoppedBy: "signal", Reason: "stopped",
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// TestReportSaysWhatBoundThePass, and the summary only that the service's limit has.
func TestReportSaysWhatBoundThePass(t *testing.T) {
	r := whole
	r.Pace = &Pace{Limit: 20, Source: "inferred", LearnedAt: noon, Permitted: 19.5, Achieved: 19, Bound: "limit", Why: "limit: w"}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `
  "pace": {
    "limit": 20,
    "source": "inferred",
    "learned_at": "2026-05-01T12:00:00Z",
    "permitted": 19.5,
    "achieved": 19,
    "bound": "limit",
    "why": "limit: w"
  },
`
	if !strings.Contains(out.String(), want) {
		t.Errorf("the report is\n%s", &out)
	}
	const clause = "; bounded by the service's limit of 20 requests a second (inferred)"
	for bound, said := range map[string]bool{"limit": true, "ceiling": false, "workers": false, "waiting": false} {
		r.Pace.Bound = bound
		if got := strings.Contains(r.Summary(), clause); got != said {
			t.Errorf("bound by %s: %s", bound, r.Summary())
		}
	}
}
