package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"cleaner/internal/owner"
	"cleaner/internal/queue"
)

// Result is one line of the results file: what became of one task ID.
type Result struct {
	ID       string `json:"id"`
	Outcome  string `json:"outcome"` // deleted, gone, protected or dead; pending in a dry run
	Reason   string `json:"reason"`
	Code     string `json:"code"`
	Status   int    `json:"status"`
	Attempts int    `json:"attempts"`
	// FirstAt is null for an ID that was never sent.
	FirstAt   *time.Time `json:"first_at"`
	SettledAt time.Time  `json:"settled_at"`
	RequestID string     `json:"request_id"`
	Batch     string     `json:"batch"`
	// RequestedReason and RequestedBy are what was said with the ID: see queue.Asked.
	RequestedReason string `json:"requested_reason,omitempty"`
	RequestedBy     string `json:"requested_by,omitempty"`
	// Chain binds the line to all lines before it; see Seed and Verify.
	Chain string `json:"chain"`
}

// resultOf returns o as the results file shows it, without its chain value.
func resultOf(o queue.Outcome) Result {
	r := Result{
		ID: o.Delivery.ID, Outcome: o.State.String(), Reason: o.Reason, Code: o.Code, Status: o.Status,
		Attempts: o.Attempts, SettledAt: o.At.UTC(), RequestID: o.RequestID, Batch: o.Delivery.Batch,
	}
	if a := o.Delivery.Asked; a != nil {
		r.RequestedReason, r.RequestedBy = a.Reason, a.By
	}
	if !o.FirstAt.IsZero() {
		first := o.FirstAt.UTC()
		r.FirstAt = &first
	}
	return r
}

// Results appends result lines to a file, each chained to the one before it. It is not
// safe for concurrent use.
//
// When Write returns, its lines are in the file and survive a crash of the process. They
// survive a crash of the machine only when Close has returned: no line is synced before.
// The ledger is synced, and Restore writes lines that a crash lost again from the ledger.
// A power failure can lose lines written since the pass began, usually those of the last
// seconds; on some file systems it can leave a damaged part among them, which every later
// Verify finds.
type Results struct {
	file   *os.File
	dir    *os.File // that the file is in; nil when it must not be read
	lines  []byte   // a buffer for Write
	linker *linker
	head   chain
	added  int64
	broken error // the error of the first Write that failed
}

// Head is where a results file ends. If Chain is noted elsewhere, Verify can find out
// later whether lines before it were changed or removed.
type Head struct {
	// Lines is how many lines this pass added.
	Lines int64 `json:"lines"`
	// Chain is the chain value of the file's last line, Seed if it has none.
	Chain string `json:"chain"`
}

// OpenResults opens path for appending, with mode 0600, and continues its chain. It
// removes a last line that a crash cut short. The last component of path must not be a
// symbolic link. It refuses a file to which another process appends, as the file would
// have two chains, and one whose last line has no chain value, as it was written by an
// older cleaner or changed since. It does not change a file that it refuses.
//
// In a file that is not regular, such as a pipe or a device, a new chain begins.
func OpenResults(path string) (*Results, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		err = fmt.Errorf("%w: name the file itself, not a symbolic link", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open results file: %w", err)
	}
	if err := owner.Keep(f); err != nil {
		return nil, errors.Join(fmt.Errorf("open results file: %w", err), f.Close())
	}
	head, err := repair(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open results file %s: %w", path, err), f.Close())
	}
	// Some directories can be searched and not read; then its entry is not synced.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, errors.Join(fmt.Errorf("open results file %s: %w", path, err), f.Close())
	}
	return &Results{file: f, dir: dir, linker: newLinker(), head: head}, nil
}

// Head returns where the file ends now.
func (r *Results) Head() Head { return Head{Lines: r.added, Chain: string(r.head[:])} }

// Write appends a line for each outcome, with a single write to the file. After an error
// the file may end within a line; every later Write returns the same error and writes
// nothing. Restore completes the file.
func (r *Results) Write(outcomes ...queue.Outcome) error {
	if r.broken != nil {
		return r.broken
	}
	if r.broken = r.write(outcomes); r.broken == nil {
		r.added += int64(len(outcomes))
	}
	return r.broken
}

func (r *Results) write(outcomes []queue.Outcome) (err error) {
	r.lines = r.lines[:0]
	head := r.head
	for i := range outcomes {
		start := len(r.lines)
		if r.lines, err = resultOf(outcomes[i]).append(r.lines); err != nil {
			return fmt.Errorf("write result of task %s: %w", outcomes[i].Delivery.ID, err)
		}
		r.lines, head = r.linker.seal(r.lines, start, head)
	}
	_, err = r.file.Write(r.lines)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("%w: make room and run again: the missing lines are then written", err)
	}
	if err != nil {
		return fmt.Errorf("write results file %s: %w", r.file.Name(), err)
	}
	r.head = head
	return nil
}

// Close syncs and closes the file. From then on its lines survive a crash of the machine.
func (r *Results) Close() error {
	err := errors.Join(r.sync(), r.file.Close())
	if r.dir != nil {
		err = errors.Join(err, r.dir.Close())
	}
	if err != nil {
		return fmt.Errorf("close results file %s: %w", r.file.Name(), err)
	}
	return nil
}

// sync writes the file to the disk, and its name, which may be new.
func (r *Results) sync() error {
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err // a pipe or a terminal has nothing to sync
	}
	err = r.file.Sync()
	if r.dir != nil {
		err = errors.Join(err, r.dir.Sync())
	}
	return err
}
