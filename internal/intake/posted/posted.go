// Package posted takes in a list of task IDs that another system sends as a whole: all of
// it or nothing. A list that was sent with a key is loaded once, however often it comes,
// and each time has the same receipt; the ledger keeps the keys.
package posted

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// List is one list as it was sent.
type List struct {
	// Name names it for people, as a file is named: its extension helps to tell the format.
	Name string
	// Column names the column that holds the task IDs; empty looks for a known name.
	Column string
	// Key names the sending: a list with the same key is the same, sent again. Empty is
	// none.
	Key string
	// Kept is what was sent.
	Kept *source.Kept
}

// content tells lists apart.
func (l List) content() string { return l.Name + "\n" + l.Column + "\n" + l.Kept.Digest() }

// Receipt is what one list has brought.
type Receipt struct {
	// Batch is the name of the batch that has named its task IDs.
	Batch string
	// New task IDs became pending; Duplicates were known before, or came twice.
	New, Duplicates int64
	// Rejected is how many lines named no valid task ID.
	Rejected int64
	// Unsaid says that a table has columns of reasons, or of who asked, which are not kept.
	Unsaid bool
}

// Rules are what a list must keep to.
type Rules struct {
	// Check is the rule for a task ID; its error is why a line is rejected.
	Check func(id string) error
	// InvalidShare is the largest part of the lines, from 0 to 1, that may be rejected.
	InvalidShare float64
	// Rejects is the file that keeps rejected lines.
	Rejects string
	// Renew is how long a settled ID may have been remembered before that is counted
	// anew: see queue.Batch.
	Renew time.Duration
}

// Count is how many lines of a list name a task ID, and how many none.
type Count struct {
	Valid, Rejected int64
	Unsaid          bool // see Receipt
}

// RefusedError says that a list is at fault, and that nothing of it was loaded.
type RefusedError struct{ Err error }

// Error says what is wrong.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *RefusedError) Unwrap() error { return e.Err }

// Count reads a list and judges it, before anything is loaded.
func (r Rules) Count(ctx context.Context, l List) (c Count, err error) {
	s, err := r.open(ctx, l, r.Rejects)
	if err != nil {
		return c, err
	}
	for _, err := range s.IDs() {
		switch {
		case err == nil:
		case ctx.Err() != nil || source.MachineFault(err):
			return c, err
		default:
			return c, &RefusedError{err}
		}
	}
	stats := s.Stats()
	return Count{int64(stats.Valid), int64(stats.Rejected), s.Unsaid()}, nil
}

// open opens a list, which needs no closing: it is not a file. A list without a task ID
// is refused, for what sends it has failed.
func (r Rules) open(ctx context.Context, l List, rejects string) (*source.Source, error) {
	return source.Open(ctx, l.Name, source.Options{
		Check: r.Check, Column: l.Column, InvalidShare: r.InvalidShare, Expect: true, Rejects: rejects, Kept: l.Kept, Said: true,
	})
}

// Ledger is as much of a ledger as takes lists in.
type Ledger interface {
	queue.Loader
	queue.Memory
	queue.BatchReader
}

// Load loads a list that was counted, unless it has been loaded under its key. Nobody else
// may load with this key meanwhile.
//
// The key is written down before the load, with the name that the batch will have. A
// process that dies between the load and the receipt leaves a batch of that name, and one
// that dies before leaves none: the list that comes again is loaded in that case alone.
func (r Rules) Load(ctx context.Context, q Ledger, l List, c Count) (Receipt, error) {
	got := Receipt{Batch: batchName(l.Name, time.Now()), Rejected: c.Rejected, Unsaid: c.Unsaid}
	if l.Key == "" {
		loaded, err := r.load(ctx, q, l, got.Batch)
		if err != nil {
			return Receipt{}, err
		}
		return got.with(loaded), nil
	}
	known, err := recall(ctx, q, l)
	if err != nil || known != nil && known.Done {
		return known.receipt(), err
	}
	if known != nil {
		got = known.receipt()
	} else if err := keep(ctx, q, l, got, false); err != nil {
		return Receipt{}, err
	}
	loaded, err := r.load(ctx, q, l, got.Batch)
	if errors.Is(err, queue.ErrBatchExists) {
		loaded, err = loadedBefore(ctx, q, got.Batch, c)
	}
	if err != nil {
		return Receipt{}, err
	}
	got = got.with(loaded)
	return got, errors.Join(keep(ctx, q, l, got, true), prune(ctx, q, time.Now()))
}

func (r Receipt) with(l queue.Loaded) Receipt {
	r.Batch, r.New, r.Duplicates = l.Batch, l.New, l.Duplicates
	return r
}

// load loads a list under a name. Its rejected lines are kept already.
func (r Rules) load(ctx context.Context, q queue.Loader, l List, batch string) (queue.Loaded, error) {
	s, err := r.open(ctx, l, "")
	if err != nil {
		return queue.Loaded{}, err
	}
	asked := func() *queue.Asked { return queue.NewAsked(s.Said()) }
	return q.Load(ctx, queue.Batch{Name: batch, Source: "POST " + l.Name, Renew: r.Renew, Digest: s.Digest, Asked: asked}, s.IDs())
}

// loadedBefore is what a batch brought that was loaded without leaving a receipt.
func loadedBefore(ctx context.Context, q queue.BatchReader, name string, c Count) (queue.Loaded, error) {
	all, err := q.Batches(ctx)
	if err != nil {
		return queue.Loaded{}, err
	}
	for _, b := range all {
		if b.Name == name {
			n := b.Sum()
			return queue.Loaded{Batch: name, New: n, Duplicates: max(0, c.Valid-n)}, nil
		}
	}
	return queue.Loaded{}, fmt.Errorf("the batch %s is there and is not listed", name)
}

// batchName names one load by what was sent and the moment. No two share a name, also
// when a clock shows the same moment twice: a batch of the name is this load.
func batchName(name string, now time.Time) string {
	return name + "-" + now.UTC().Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:16])
}
