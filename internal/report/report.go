// Package report writes what became of the task IDs: one JSON line for each settled ID,
// and one JSON object for each pass. It finds out whether the numbers of a pass balance.
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

// Report has the numbers of one pass. Those outside Ledger are of this pass alone: Loaded
// is what was pending when it began and what came since, less what other passes settled,
// so that Loaded = Deleted + Gone + Protected + Dead + Pending. No pass withdraws, so Withdrawn is 0 there.
type Report struct {
	Loaded     int64 `json:"loaded"`
	Duplicates int64 `json:"duplicates"` // lines that named an ID known before
	Rejected   int64 `json:"rejected"`   // lines that named no valid ID
	queue.States
	// Held is how many of the pending IDs that the pass was to work on it did not get,
	// because they are held.
	Held int64 `json:"held,omitempty"`
	Traffic
	Logins     int64     `json:"logins"` // token requests sent to IAM
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	// StoppedBy is empty when the pass settled all it could; Reason explains it.
	StoppedBy string `json:"stopped_by"`
	Reason    string `json:"reason,omitempty"`
	ExitCode  int    `json:"exit_code"`
	// DryRun says that nothing was sent; WouldDelete is how many IDs a real pass would
	// have sent.
	DryRun      bool  `json:"dry_run,omitempty"`
	WouldDelete int64 `json:"would_delete,omitempty"`
	// Verification is what is known of the effect of the deletions; nil when there was
	// nothing to delete.
	Verification *Verification `json:"verification,omitempty"`
	// Pace is how fast the requests went, and what bounded them; nil when none was sent.
	Pace *Pace `json:"pace,omitempty"`
	// Carried is what was pending from earlier loads; nil when nothing was, and the pass was
	// not confined.
	Carried *Carried `json:"carried,omitempty"`
	// Ledger is the whole ledger after the pass, earlier passes included.
	Ledger Ledger `json:"ledger"`
	// Results is where the results file ends, for Verify; nil when none was written.
	Results *Head `json:"results,omitempty"`
}

// Traffic counts the requests of a pass to the service.
type Traffic struct {
	Requests  int64 `json:"requests"`  // DELETEs sent
	Retries   int64 `json:"retries"`   // those of them that were not an ID's first
	Throttled int64 `json:"throttled"` // answers that asked for a slower pace
	// Calibration counts the DELETEs that were sent again for tasks known to be gone,
	// to learn how the service answers. Requests includes them, Retries does not.
	Calibration int64 `json:"calibration"`
	Looks       int64 `json:"looks"` // requests that looked whether a task is there
}

// TrafficOf returns the traffic of p.
func TrafficOf(p worker.Pass) Traffic {
	return Traffic{
		Requests: p.Requests, Retries: p.Retries, Throttled: p.Throttled,
		Calibration: p.Calibration, Looks: p.Looks,
	}
}

// Ledger counts all task IDs of a ledger. Loaded is the sum of the states.
type Ledger struct {
	Loaded int64 `json:"loaded"`
	queue.States
}

// LedgerOf returns c as a report shows it.
func LedgerOf(c queue.Counts) Ledger { return Ledger{Loaded: c.Loaded(), States: c.States} }

// Add sets the numbers that the worker counted.
func (r *Report) Add(p worker.Pass) {
	r.Deleted, r.Gone, r.Protected, r.Dead = p.Deleted, p.Gone, p.Protected, p.Dead
	r.Traffic = TrafficOf(p)
	r.Verification = VerificationOf(p)
	r.StoppedBy, r.Reason = string(p.Stop.Kind), p.Stop.Why
}

// InScope is how many IDs are pending that the pass was to work on.
func (r *Report) InScope() int64 {
	if r.Carried == nil {
		return r.Pending
	}
	return r.Pending - r.Carried.Left
}

// Balance compares the numbers of the report with those that the ledger has of the pass.
// An error names a number that differs; then no number of the report can be trusted.
func (r *Report) Balance(t queue.Totals) error {
	if sum := r.Sum(); r.Loaded != sum {
		return fmt.Errorf("report does not balance: loaded %d, but deleted, gone, protected, withdrawn, dead and pending make %d", r.Loaded, sum)
	}
	if r.Loaded != t.Total() {
		return disagreement("loaded", r.Loaded, t.Total())
	}
	for state, n := range r.ByState() {
		if n != t.IDs[state] {
			return disagreement(queue.State(state).String(), n, t.IDs[state])
		}
	}
	return nil
}

func disagreement(on string, report, ledger int64) error {
	return fmt.Errorf("report and ledger disagree on %s: %d by the report, %d of this pass by the ledger", on, report, ledger)
}

// Recount takes the numbers of the pass from the ledger, when the worker's own are lost.
func (r *Report) Recount(t queue.Totals) {
	r.Loaded, r.States = t.Total(), t.IDs.States()
}

// Write writes the report as one indented JSON object and a line feed.
func (r *Report) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Summary returns the report in one line for people, with the reason if the pass was
// stopped.
func (r *Report) Summary() string {
	took := r.FinishedAt.Sub(r.StartedAt).Round(10 * time.Millisecond)
	calibration, looks := "", ""
	if r.Calibration > 0 {
		calibration = fmt.Sprintf(", %d to calibrate", r.Calibration)
	}
	if r.Looks > 0 {
		looks = fmt.Sprintf(" and %d looks", r.Looks)
	}
	s := fmt.Sprintf("%d task IDs: %d deleted, %d gone, %d protected, %d dead, %d pending%s; %d requests (%d retries%s, %d throttled)%s in %v",
		r.Loaded, r.Deleted, r.Gone, r.Protected, r.Dead, r.Pending, r.held(), r.Requests, r.Retries, calibration, r.Throttled, looks, took)
	if v := r.Verification; v != nil && v.Words != "" {
		s += "; " + v.Words
	}
	return s + r.Pace.words() + r.Carried.words() + r.lines() + r.stop("stopped by ")
}

// lines says what of the inputs is not among the task IDs; empty when all is.
func (r *Report) lines() string {
	if r.Duplicates == 0 && r.Rejected == 0 {
		return ""
	}
	return fmt.Sprintf("; the inputs held %d duplicates and %d rejected lines", r.Duplicates, r.Rejected)
}

// held says how many of the pending IDs are held; empty when none is.
func (r *Report) held() string {
	if r.Held == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d held)", r.Held)
}

// stop is the end of a summary: what stopped the pass, behind the word for it, and why.
// It is empty for a pass that was not stopped.
func (r *Report) stop(by string) (s string) {
	if r.StoppedBy != "" {
		s = "; " + by + r.StoppedBy
	}
	if r.Reason != "" {
		s += ": " + strings.Join(strings.Fields(r.Reason), " ")
	}
	return s
}
