package report

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"cleaner/internal/queue"
)

// Result is one line of the results file: what became of one task ID.
type Result struct {
	ID       string `json:"id"`
	Outcome  string `json:"outcome"` // deleted, gone, protected or dead
	Reason   string `json:"reason"`
	Code     string `json:"code"`
	Status   int    `json:"status"`
	Attempts int    `json:"attempts"`
	// FirstAt is null for an ID that was never sent.
	FirstAt   *time.Time `json:"first_at"`
	SettledAt time.Time  `json:"settled_at"`
	RequestID string     `json:"request_id"`
	Batch     string     `json:"batch"`
}

// ResultOf is o as the results file shows it.
func ResultOf(o queue.Outcome) Result {
	r := Result{
		ID: o.Delivery.ID, Outcome: o.State.String(), Reason: o.Reason, Code: o.Code, Status: o.Status,
		Attempts: o.Attempts, SettledAt: o.At.UTC(), RequestID: o.RequestID, Batch: o.Delivery.Batch,
	}
	if !o.FirstAt.IsZero() {
		first := o.FirstAt.UTC()
		r.FirstAt = &first
	}
	return r
}

// Results appends result lines to a file. It is not safe for concurrent use.
type Results struct {
	file  *os.File
	lines []byte // what was written last; its memory is used again
}

// OpenResults opens path for appending, with mode 0600. A last line that a crash
// cut short is taken away, or the next one would be spoilt too. The last
// component must not be a symbolic link.
func OpenResults(path string) (*Results, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open results file: %w", err)
	}
	if err := repair(f); err != nil {
		return nil, errors.Join(fmt.Errorf("open results file %s: %w", path, err), f.Close())
	}
	return &Results{file: f}, nil
}

// Write appends a line for each outcome, all by one write to the file: what has
// been told survives the process. It survives the machine once Close has
// returned.
func (r *Results) Write(outcomes ...queue.Outcome) (err error) {
	r.lines = r.lines[:0]
	for _, o := range outcomes {
		if r.lines, err = ResultOf(o).append(r.lines); err != nil {
			return fmt.Errorf("write result of task %s: %w", o.Delivery.ID, err)
		}
	}
	if _, err = r.file.Write(r.lines); err != nil {
		return fmt.Errorf("write results file %s: %w", r.file.Name(), err)
	}
	return nil
}

// Close syncs and closes the file.
func (r *Results) Close() error {
	if err := errors.Join(r.file.Sync(), r.file.Close()); err != nil {
		return fmt.Errorf("close results file %s: %w", r.file.Name(), err)
	}
	return nil
}
