// Package sqlite keeps the ledger in one SQLite file that one process owns.
//
// What has been written survives the process at once, and the machine too:
// every transaction is synced before it counts. What is lent lives in memory,
// so that lending costs no write per task ID; a process that dies gives back
// all it had been lent, and what it may have sent is marked as such.
//
// From the bottom up: schema.go says what the file holds, connect.go and
// store.go open it and run its statements, lock.go keeps other processes out,
// lending.go is the memory of what is lent. On these stand the methods of the
// contract: load.go with chunk.go, take.go with lendable.go and alone.go,
// settle.go with plan.go and move.go, pass.go, dead.go, counts.go and forget.go. check.go audits all of
// it, and reader.go lets other processes look.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	driver "modernc.org/sqlite"

	"cleaner/internal/queue"
)

// ErrClosed is returned by every method of a ledger after Close.
var ErrClosed = errors.New("the ledger is closed")

// Options are the choices there are in opening a ledger. The zero value opens
// it for work.
type Options struct {
	// Rehearse makes everything happen in one transaction that Close takes
	// back: all methods work as ever, and the ledger stays as it was. It holds
	// the lock all the same. A ledger that does not exist is rehearsed in a
	// private file, and none is left behind. A long rehearsal writes into the
	// directory for temporary files (TMPDIR), which ordinary work does not need.
	Rehearse bool
	// Command names what the process does with the ledger ("run"), for those
	// who find it locked. It must not hold a secret.
	Command string
}

// Ledger is a queue.Queue in one SQLite file. Open makes one; its methods may
// be called from many goroutines at once.
type Ledger struct {
	path     string
	rehearse bool
	lock     *lock         // nil in a rehearsal without a file
	loading  chan struct{} // holds a token while a load is under way

	mu     sync.Mutex // guards the fields below
	closed bool
	store  *store
	mark   mark
	desk   desk
	since  int64 // when the pass under way began, in Unix seconds; 0 when none is
}

var _ queue.Queue = (*Ledger)(nil)

// Open opens the ledger at path and takes its lock, creating the file (mode
// 0600) and its directory (0700) when there is none. An older ledger is
// brought to today's schema; what an interrupted load left is removed.
//
// It fails with a *LockedError when another process holds the ledger. It
// refuses a newer ledger, a file that is not a ledger, and a symbolic link,
// which would give one ledger two names and so two locks.
func Open(ctx context.Context, path string, o Options) (*Ledger, error) {
	l := &Ledger{path: path, rehearse: o.Rehearse, loading: make(chan struct{}, 1), desk: newDesk()}
	if err := l.open(ctx, o.Command); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, err), l.shut())
	}
	return l, nil
}

// open does the work of Open and leaves it to the caller to shut what a
// failure left open.
func (l *Ledger) open(ctx context.Context, command string) (err error) {
	exists, err := inspect(l.path)
	if err != nil {
		return err
	}
	name := "" // SQLite's name for a private file that vanishes when closed
	if exists || !l.rehearse {
		if err := l.claim(ctx, command); err != nil {
			return err
		}
		name = uri(l.path, "rw")
	}
	if l.store, err = openStore(ctx, name); err != nil {
		return err
	}
	if err := l.store.prepare(ctx, l.rehearse); err != nil {
		return err
	}
	return l.resume(ctx)
}

// inspect reports whether there is a ledger at path: a file, and not empty.
func inspect(path string) (exists bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return false, errors.New("it is a symbolic link; name the file itself")
	case !info.Mode().IsRegular():
		return false, errors.New("it is not a regular file")
	}
	return info.Size() > 0, nil
}

// claim takes the lock and sees to it that there is a file of our own to open:
// SQLite would create it readable by everyone.
func (l *Ledger) claim(ctx context.Context, command string) (err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	if l.lock, err = acquire(ctx, l.path, command); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(narrow(f), f.Close())
}

// narrow makes a file that was there before readable by its owner alone. SQLite
// gives the files beside a database the database's mode.
func narrow(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == 0o600 {
		return err
	}
	return f.Chmod(0o600)
}

// resume removes what an interrupted load left and takes up the lending where
// the last process stopped.
func (l *Ledger) resume(ctx context.Context) error {
	mark, err := l.store.mark(ctx)
	if err != nil {
		return err
	}
	l.mark = mark
	l.desk.cursor = mark.low
	l.desk.suspect, l.desk.died = mark.lent, !mark.ended
	return errors.Join(l.sweep(ctx), l.accuse(ctx))
}

// locked runs do while it holds the mutex of an open ledger, unless ctx has
// ended.
func (l *Ledger) locked(ctx context.Context, do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := do()
	if _, ok := errors.AsType[*driver.Error](err); ok {
		return fmt.Errorf("ledger %s: %w", l.path, explain(err))
	}
	return err
}

// Close gives back all loans and the lock. IDs still lent are taken to have
// been sent: their next delivery says Lost. A rehearsal is taken back. A
// second Close does nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if err := errors.Join(l.leave(context.Background()), l.shut()); err != nil {
		return fmt.Errorf("close ledger %s: %w", l.path, err)
	}
	return nil
}

// leave writes down where the lending stopped, or takes a rehearsal back.
func (l *Ledger) leave(ctx context.Context) error {
	if l.rehearse {
		return l.store.abandon(ctx)
	}
	m := l.working()
	if !l.desk.lentFresh() {
		m.lent = l.desk.suspect
	}
	suspects := l.desk.suspects()
	if l.desk.died && !suspects {
		var err error
		if suspects, err = l.store.waitingSuspects(ctx); err != nil {
			return err
		}
	}
	m.alone, m.ended = 0, !suspects
	return l.writeMark(ctx, m)
}

// shut releases the file, then the lock. It may be called on a ledger that is
// only half open.
func (l *Ledger) shut() error {
	var errs []error
	if l.store != nil {
		errs = append(errs, l.store.close())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.release())
	}
	return errors.Join(errs...)
}
