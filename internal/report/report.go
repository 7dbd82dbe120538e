// Package report writes what became of the task IDs for others to read: one
// JSON line for each settled ID, and one JSON object for each pass. The numbers
// of a pass must balance, or the report says so.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// Report is one pass in numbers. The top level speaks of this pass alone:
// Loaded is what was pending when it began and what it loaded, so that Loaded =
// Deleted + Gone + Protected + Dead + Pending.
type Report struct {
	Loaded     int64     `json:"loaded"`
	Duplicates int64     `json:"duplicates"` // lines that named an ID known before
	Rejected   int64     `json:"rejected"`   // lines that named no valid ID
	Deleted    int64     `json:"deleted"`
	Gone       int64     `json:"gone"`
	Protected  int64     `json:"protected"`
	Dead       int64     `json:"dead"`
	Pending    int64     `json:"pending"`
	Requests   int64     `json:"requests"`  // DELETEs sent
	Retries    int64     `json:"retries"`   // those of them that were not an ID's first
	Throttled  int64     `json:"throttled"` // answers that asked for a slower pace
	Logins     int64     `json:"logins"`    // token requests sent to IAM
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	// StoppedBy is empty when the pass settled all it could; Reason explains it.
	StoppedBy string `json:"stopped_by"`
	Reason    string `json:"reason,omitempty"`
	ExitCode  int    `json:"exit_code"`
	// DryRun says that nothing was sent; WouldDelete is what a real pass would
	// have sent.
	DryRun      bool  `json:"dry_run,omitempty"`
	WouldDelete int64 `json:"would_delete,omitempty"`
	// Ledger is the whole ledger after the pass, earlier passes included.
	Ledger Ledger `json:"ledger"`
	// Results is where the results file ends, for Verify; nil when none was written.
	Results *Head `json:"results,omitempty"`
}

// Ledger is the state of the whole ledger.
type Ledger struct {
	Loaded    int64 `json:"loaded"`
	Deleted   int64 `json:"deleted"`
	Gone      int64 `json:"gone"`
	Protected int64 `json:"protected"`
	Dead      int64 `json:"dead"`
	Pending   int64 `json:"pending"`
}

// LedgerOf is c as a report shows it.
func LedgerOf(c queue.Counts) Ledger {
	return Ledger{
		Loaded: c.Loaded(), Deleted: c.Deleted, Gone: c.Gone,
		Protected: c.Protected, Dead: c.Dead, Pending: c.Pending,
	}
}

// Add takes over what a pass counted.
func (r *Report) Add(p worker.Pass) {
	r.Deleted, r.Gone, r.Protected, r.Dead = p.Deleted, p.Gone, p.Protected, p.Dead
	r.Requests, r.Retries, r.Throttled = p.Requests, p.Retries, p.Throttled
	r.StoppedBy, r.Reason = string(p.Stop.Kind), p.Stop.Why
}

// Balance compares the pass with the ledger before and after it. An error says
// which number does not add up; then no number of the report may be trusted.
func (r *Report) Balance(before, after queue.Counts) error {
	if sum := r.Deleted + r.Gone + r.Protected + r.Dead + r.Pending; r.Loaded != sum {
		return fmt.Errorf("report does not balance: loaded %d, but deleted, gone, protected, dead and pending make %d", r.Loaded, sum)
	}
	for _, n := range []struct {
		name                string
		before, pass, after int64
	}{
		{"deleted", before.Deleted, r.Deleted, after.Deleted},
		{"gone", before.Gone, r.Gone, after.Gone},
		{"protected", before.Protected, r.Protected, after.Protected},
		{"dead", before.Dead, r.Dead, after.Dead},
	} {
		if n.before+n.pass != n.after {
			return fmt.Errorf("report and ledger disagree on %s: %d before and %d in this pass, but %d now", n.name, n.before, n.pass, n.after)
		}
	}
	return nil
}

// Write writes the report as one indented JSON object and a line feed.
func (r *Report) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Summary is the report in one line for a person, with the reason if the pass
// was stopped.
func (r *Report) Summary() string {
	took := r.FinishedAt.Sub(r.StartedAt).Round(10 * time.Millisecond)
	s := fmt.Sprintf("%d task IDs: %d deleted, %d gone, %d protected, %d dead, %d pending; %d requests (%d retries, %d throttled) in %v",
		r.Loaded, r.Deleted, r.Gone, r.Protected, r.Dead, r.Pending, r.Requests, r.Retries, r.Throttled, took)
	stopped := "; stopped by "
	if r.DryRun {
		s = fmt.Sprintf("dry run: %d of %d task IDs would be deleted, %d protected; nothing was sent", r.WouldDelete, r.Loaded, r.Protected)
		if r.StoppedBy == string(worker.StopCap) { // a rehearsal goes on
			stopped = "; a real pass would delete nothing, stopped by "
		}
	}
	if r.StoppedBy != "" {
		s += stopped + r.StoppedBy
	}
	if r.Reason != "" {
		s += ": " + strings.Join(strings.Fields(r.Reason), " ")
	}
	return s
}
