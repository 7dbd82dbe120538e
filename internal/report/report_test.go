package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
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

// outcome is a dead letter with everything set.
var outcome = queue.Outcome{
	Delivery: queue.Delivery{ID: "a1", Batch: "night"},
	State:    queue.Dead, Attempts: 3, FirstAt: noon, At: noon.Add(time.Minute),
	Reason: "gave up", Code: "CC.00000000", Status: 400, RequestID: "r-1",
}

func TestResultLine(t *testing.T) {
	unsent := outcome
	unsent.State, unsent.FirstAt, unsent.Attempts = queue.Protected, time.Time{}, 0
	path := filepath.Join(t.TempDir(), "results.jsonl")
	for _, o := range []queue.Outcome{outcome, unsent} { // each time the file is opened it grows
		r, err := OpenResults(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Write(o); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"a1","outcome":"dead","reason":"gave up","code":"CC.00000000","status":400,"attempts":3,"first_at":"2026-05-01T12:00:00Z","settled_at":"2026-05-01T12:01:00Z","request_id":"r-1","batch":"night"}
{"id":"a1","outcome":"protected","reason":"gave up","code":"CC.00000000","status":400,"attempts":0,"first_at":null,"settled_at":"2026-05-01T12:01:00Z","request_id":"r-1","batch":"night"}
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	var back Result
	if err := json.Unmarshal(text[:bytes.IndexByte(text, '\n')], &back); err != nil || !cmp.Equal(back, ResultOf(outcome)) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestResultsFileIsPrivateAndNoLink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results")
	r, err := OpenResults(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenResults(link); err == nil {
		t.Error("a symbolic link was followed")
	}
}

func TestFullDiskIsTold(t *testing.T) {
	r, err := OpenResults("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		err = r.Write(outcome)
	}
	if cerr := r.Close(); err == nil && cerr == nil {
		t.Error("lines that were never written are not told")
	}
}
