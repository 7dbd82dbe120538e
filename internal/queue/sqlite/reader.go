package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"sync"

	"cleaner/internal/queue"
)

// Reader looks at a ledger without its lock, also while another process works
// with it. It sees what is written down, never half of a transaction. Its
// methods may be called from many goroutines at once.
type Reader struct {
	mu    sync.Mutex // guards store
	store *store
}

// OpenReader opens the ledger at path for reading. The error wraps
// fs.ErrNotExist when there is none. A ledger of another schema is refused;
// opening an older one with Open brings it up to date.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	s, err := openReading(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read ledger %s: %w", path, err)
	}
	return &Reader{store: s}, nil
}

func openReading(ctx context.Context, path string) (*store, error) {
	exists, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, fmt.Errorf("there is none yet: %w", fs.ErrNotExist)
	}
	s, err := openStore(ctx, uri(path, "ro"))
	if err != nil {
		return nil, err
	}
	newest := len(migrations())
	version, err := s.identify(ctx, newest)
	if err == nil && version < newest {
		err = fmt.Errorf("it has schema %d, not %d; a run brings it up to date", version, newest)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// Counts returns the ledger as it stands on the disk.
func (r *Reader) Counts(ctx context.Context) (queue.Counts, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.counts(ctx)
}

// Dead yields the dead letters that f chooses, the oldest first.
func (r *Reader) Dead(ctx context.Context, f queue.Filter) iter.Seq2[queue.DeadLetter, error] {
	return deadLetters(f, func(args []any) ([]placed, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.store.deadPage(ctx, args)
	})
}

// Close ends the reading. A second Close does nothing.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.close()
}
