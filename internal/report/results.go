package report

import (
	"bufio"
	"encoding/json"
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
	file *os.File
	buf  *bufio.Writer
	enc  *json.Encoder
}

// OpenResults opens path for appending, created with mode 0600. The last
// component must not be a symbolic link.
func OpenResults(path string) (*Results, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open results file: %w", err)
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	return &Results{file: f, buf: buf, enc: json.NewEncoder(buf)}, nil
}

// Write appends one line. It is on disk at the latest when Close returns.
func (r *Results) Write(o queue.Outcome) error {
	if err := r.enc.Encode(ResultOf(o)); err != nil {
		return fmt.Errorf("write results file %s: %w", r.file.Name(), err)
	}
	return nil
}

// Close writes out and syncs what is buffered, and closes the file.
func (r *Results) Close() error {
	if err := errors.Join(r.buf.Flush(), r.file.Sync(), r.file.Close()); err != nil {
		return fmt.Errorf("close results file %s: %w", r.file.Name(), err)
	}
	return nil
}
