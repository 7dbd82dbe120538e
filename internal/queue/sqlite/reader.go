package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"cleaner/internal/queue"
)

// Reader looks at a ledger without its lock, also while another process works
// with it. It sees what is written down, never half of a transaction. Its
// methods may be called from many goroutines at once.
type Reader struct {
	view
	mu    sync.Mutex // guards store
	store *store
}

var _ queue.Reader = (*Reader)(nil)

// OpenReader opens the ledger at path for reading. The error wraps
// fs.ErrNotExist when there is none. A ledger of another schema is refused;
// opening an older one with Open brings it up to date.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	s, err := openReading(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read ledger %s: %w", path, err)
	}
	r := &Reader{store: s}
	r.view = view{r.with}
	return r, nil
}

// with runs do while nobody else uses the store.
func (r *Reader) with(_ context.Context, do func(*store) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return do(r.store)
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
	switch {
	case err != nil:
	case version == 0:
		err = errBare
	case version < newest:
		err = fmt.Errorf("it has schema %d, not %d; a run brings it up to date", version, newest)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// Close ends the reading. A second Close does nothing.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.close()
}
