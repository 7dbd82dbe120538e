package pass

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/source"
	"cleaner/internal/worker"
)

// File is a source of task IDs in a file, or on standard input.
type File struct {
	// Path is the file; - is standard input.
	Path string
	// Stdin is read for the path -.
	Stdin io.Reader
	// Check is the rule for a task ID; its error is why a line is rejected.
	Check func(id string) error
	// Column names the column that holds the task IDs; empty looks for a known name.
	Column string
	// InvalidShare is the largest part of the lines, from 0 to 1, that may be
	// rejected; above it the file is refused.
	InvalidShare float64
	// Expect refuses a file without a task ID.
	Expect bool
	// Rejects is the file that keeps rejected lines; empty only counts them.
	Rejects string
	// Same is the file as it was when it was found; what another has taken the place of,
	// or has changed, is not loaded, with a *source.ChangedError. Nil takes any.
	Same fs.FileInfo
	// Remember is how long settled IDs are remembered: see queue.Batch.Renew.
	Remember time.Duration

	// Fetch returns what the input holds, which is then not read at Path: of a list at a
	// server. Nil reads Path. Where Away of its error says so, the input may be fetched
	// later; otherwise it is refused.
	Fetch func(context.Context) (*source.Kept, error)

	kept *source.Kept // what is read in place of the file; nil reads that
}

// Renewals is how many times at most an ID that is named again and again is written
// anew in the time that it is remembered.
const Renewals = 10

// Name is the path.
func (f File) Name() string { return f.Path }

// Load implements Source.
func (f File) Load(ctx context.Context, q queue.Loader) (l Loaded, err error) {
	if f.Fetch != nil && f.kept == nil {
		if f.kept, err = fetch(ctx, f); err != nil {
			return l, err
		}
	}
	s, err := source.Open(ctx, f.Path, source.Options{
		Check: f.Check, Column: f.Column, InvalidShare: f.InvalidShare, Expect: f.Expect, Rejects: f.Rejects, Stdin: f.Stdin,
		Same: f.Same, Kept: f.kept,
	})
	if err != nil {
		return l, blame(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var unreadable error
	batch := queue.Batch{Name: batchName(f.Path, time.Now()), Source: f.Path, Renew: f.Remember / Renewals, Digest: s.Digest}
	l.Loaded, err = q.Load(ctx, batch, noting(s.IDs(), &unreadable))
	l.Rejected, l.Empty, l.Unsaid = int64(s.Stats().Rejected), s.Stats().Valid == 0, s.Unsaid()
	return l, loadError(ctx, f.Path, err, unreadable)
}

// fetch fetches what an input holds, which whoever fetches it closes.
func fetch(ctx context.Context, f File) (*source.Kept, error) {
	kept, err := f.Fetch(ctx)
	if err == nil {
		return kept, nil
	}
	if stop, ok := errors.AsType[*worker.Stop](context.Cause(ctx)); ok {
		return nil, fmt.Errorf("load %s: stopped, nothing of it was loaded: %w", f.Path, stop)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("load %s: nothing of it was loaded: %w", f.Path, err)
	}
	if fault, ok := errors.AsType[temporary](err); ok && fault.Temporary() {
		return nil, &UnreadError{err}
	}
	return nil, blame(err)
}

// temporary is an error of a server that may be over when it is asked again.
type temporary interface {
	error
	Temporary() bool
}

// noting passes ids on and notes the error that ends them.
func noting(ids iter.Seq2[string, error], failed *error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if err != nil {
				*failed = err
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

// loadError says whose fault it is that a load failed: the operator's who stopped it,
// the input's, the machine's, or the ledger's. Nothing of the input was loaded.
func loadError(ctx context.Context, path string, err, unreadable error) error {
	if stop, ok := errors.AsType[*worker.Stop](context.Cause(ctx)); ok && err != nil {
		return fmt.Errorf("load %s: stopped, nothing of it was loaded: %w", path, stop)
	}
	if _, refused := errors.AsType[*source.RefusedError](unreadable); refused {
		unreadable = fmt.Errorf("%w (safety.invalid_share)", unreadable)
	}
	if unreadable != nil {
		return blame(fmt.Errorf("load %s: %w", path, unreadable))
	}
	return err
}

// blame makes err an *InputError, or an *UnreadError when it is a fault of the machine:
// then the input stays where it is and may be loaded later.
func blame(err error) error {
	if source.MachineFault(err) {
		return &UnreadError{err}
	}
	return &InputError{err}
}

// batchName names one load of path: its base name and the moment, to the nanosecond,
// so that no two loads share a name.
func batchName(path string, now time.Time) string {
	base := filepath.Base(path)
	if path == source.Stdin {
		base = "stdin"
	}
	return base + "-" + now.UTC().Format("20060102T150405.000000000Z")
}
