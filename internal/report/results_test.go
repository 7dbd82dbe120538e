package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// outcome is a dead letter with everything set.
var outcome = queue.Outcome{
	Delivery: queue.Delivery{ID: "a1", Batch: "night"},
	State:    queue.Dead, Attempts: 3, FirstAt: noon, At: noon.Add(time.Minute),
	Reason: "gave up", Code: "CC.00000000", Status: 400, RequestID: "r-1",
}

func TestResultLine(t *testing.T) {
	unsent := outcome
	unsent.State, unsent.FirstAt, unsent.Attempts = queue.Protected, time.Time{}, 0
	unsent.Delivery.Asked = &queue.Asked{Reason: `left the "project"`, By: "jürgen"}
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
	want := `{"id":"a1","outcome":"dead","reason":"gave up","code":"CC.00000000","status":400,"attempts":3,"first_at":"2026-05-01T12:00:00Z","settled_at":"2026-05-01T12:01:00Z","request_id":"r-1","batch":"night","chain":"a64626f201bb2c7c9130410db7551f22a70a457ef17bce16c2facd2ba508f7c3"}
{"id":"a1","outcome":"protected","reason":"gave up","code":"CC.00000000","status":400,"attempts":0,"first_at":null,"settled_at":"2026-05-01T12:01:00Z","request_id":"r-1","batch":"night","requested_reason":"left the \"project\"","requested_by":"jürgen","chain":"34f5c44ab6a39ebe38f96f99e650e15107635819a91e121bcd4301ef7e1e030f"}
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	var back Result
	wantBack := resultOf(outcome)
	wantBack.Chain = "a64626f201bb2c7c9130410db7551f22a70a457ef17bce16c2facd2ba508f7c3"
	if err := json.Unmarshal(text[:bytes.IndexByte(text, '\n')], &back); err != nil || !cmp.Equal(back, wantBack) {
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

// TestNothingFollowsAFailedWrite: what came behind half a line would be lost with it.
func TestNothingFollowsAFailedWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results")
	r, err := OpenResults(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := outcome
	bad.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // no JSON has it
	for _, tt := range []struct {
		o    queue.Outcome
		fail bool
	}{{outcome, false}, {bad, true}, {outcome, true}} {
		if err := r.Write(tt.o); (err != nil) != tt.fail {
			t.Errorf("error %v, want one: %v", err, tt.fail)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if a := verify(t, read(t, path), Noted{}); !a.Whole() || a.Lines != 1 || a.Chain != r.Head().Chain {
		t.Errorf("%+v is not what was written", a)
	}
}

func TestFullDiskIsTold(t *testing.T) {
	r, err := OpenResults("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // each time, not only the first
		if err := r.Write(outcome); err == nil {
			t.Error("a line that was never written is not told")
		}
	}
	if h := r.Head(); h.Lines != 0 || h.Chain != Seed {
		t.Errorf("the head is %+v after nothing was written", h)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
