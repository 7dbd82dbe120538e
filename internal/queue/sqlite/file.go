package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	driver "modernc.org/sqlite"

	"cleaner/internal/owner"
	"cleaner/internal/queue"
)

// file is the ledger's file while this process owns it.
type file struct {
	path     string
	removing func(removed, all int64) // see Options.Removing
	lock     *lock                    // nil in a rehearsal without a file
	identity *identity                // nil without the lock

	mu     sync.Mutex // guards the fields below, and what is known of the lending
	closed bool
	store  *store
}

// open opens the file and leaves it to the caller to shut what a failure left open.
func (f *file) open(ctx context.Context, o Options) error {
	exists, err := inspect(f.path)
	if err != nil {
		return err
	}
	m := o.mode()
	name, err := m.claim(ctx, f, exists, o.Command)
	if err != nil {
		return err
	}
	if f.store, err = openStore(ctx, name); err != nil {
		return err
	}
	if err := f.stillOurs(); err != nil { // before anything is written
		return err
	}
	return explain(f.store.prepare(ctx, m, f.lock == nil))
}

// stillOurs says why the file is not this process's alone any more.
func (f *file) stillOurs() error {
	if f.identity == nil {
		return nil
	}
	return f.identity.check()
}

// claim takes the lock, and makes a new file if there is none to open.
func (f *file) claim(ctx context.Context, command string) (err error) {
	if _, err := Place(f.path); err != nil {
		return err
	}
	if err := owner.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	if f.lock, err = acquire(ctx, f.path, command); err != nil {
		return err
	}
	exists, err := inspect(f.path) // again: another process may have made it
	switch {
	case err != nil:
		return err
	case exists:
		err = makePrivate(f.path)
	default:
		err = create(ctx, f.path)
	}
	if err != nil {
		return explain(err)
	}
	f.identity, err = identify(f.path, f.lock)
	return err
}

// makePrivate makes the file readable by its owner alone; SQLite gives the files beside a
// database the database's mode and owner. The file is not opened: closing it again would
// drop the locks that SQLite has on it in this process, those of a reader.
func makePrivate(path string) error {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() == 0o600 {
		return err // what is no file was refused before
	}
	return os.Chmod(path, 0o600)
}

// narrow makes an open file readable by its owner alone.
func narrow(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == 0o600 {
		return err
	}
	return f.Chmod(0o600)
}

// locked runs do while it holds the mutex of an open ledger, unless ctx has
// ended.
func (f *file) locked(ctx context.Context, do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return queue.ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := do()
	if _, ok := errors.AsType[*driver.Error](err); ok {
		return fmt.Errorf("ledger %s: %w", f.path, explain(err))
	}
	return err
}

// shut releases the file, then the lock. It may be called on a ledger that is
// only half open.
func (f *file) shut() error {
	var errs []error
	if f.store != nil {
		errs = append(errs, f.store.close())
	}
	if f.lock != nil {
		errs = append(errs, f.lock.release())
	}
	return errors.Join(errs...)
}
