package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"cleaner/internal/owner"
	"cleaner/internal/queue"
)

// lock is the exclusive lock on a ledger, in a file of its own beside it. The
// kernel drops it with the process, however that ends, so a dead holder's lock
// is free; the file itself stays, for a removed lock file locks nobody out.
type lock struct{ held *flock.Flock }

// glance is how long acquire keeps trying: HolderOf holds a free lock for some
// microseconds, on a busy machine longer, and is not to be taken for a holder.
const glance = 300 * time.Millisecond

// acquire takes the lock of the ledger at path and writes its holder's name
// into it, or returns a *queue.LockedError.
func acquire(ctx context.Context, path, command string) (*lock, error) {
	file := newLock(path, os.O_RDWR|os.O_CREATE)
	trying, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	for {
		_, err := file.TryLockContext(trying, glance/30)
		switch {
		case ctx.Err() != nil:
			return nil, errors.Join(context.Cause(ctx), file.Unlock())
		case errors.Is(err, context.DeadlineExceeded):
			return nil, lockedBy(file)
		case err != nil:
			return nil, fmt.Errorf("take lock: %w", err)
		}
		if named(file) {
			break
		}
		if err := file.Unlock(); err != nil { // and try the file that has the name now
			return nil, fmt.Errorf("take lock: %w", err)
		}
	}
	if err := sign(file.Path(), command); err != nil {
		return nil, errors.Join(explain(err), file.Unlock())
	}
	return &lock{held: file}, nil
}

// named reports whether the file that is locked still has its name. One that was
// removed while it was being locked locks nobody out.
func named(file *flock.Flock) bool {
	locked, err := file.Stat()
	if err != nil {
		return false
	}
	at, err := os.Lstat(file.Path())
	return err == nil && os.SameFile(locked, at)
}

// lockSuffix names the file of the lock after the ledger's.
const lockSuffix = ".lock"

// newLock is the lock of the ledger at path, not yet taken.
func newLock(path string, flag int) *flock.Flock {
	return flock.New(path+lockSuffix, flock.SetFlag(flag|syscall.O_NOFOLLOW), flock.SetPermissions(0o600))
}

// sign writes who holds the lock into its file.
func sign(path, command string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	me := Self()
	me.Since, me.Command = time.Now().UTC().Truncate(time.Second), command
	text, err := json.Marshal(me)
	if err != nil {
		return err
	}
	if err := errors.Join(owner.Keep(file), narrow(file), file.Truncate(0)); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	if _, err := file.WriteAt(append(text, '\n'), 0); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	return nil
}

// instance tells this process from every other, also from one with the same number: in
// containers each is process 1.
var instance = sync.OnceValue(rand.Text)

// Self is this process as it signs a lock, without the time and the command.
func Self() queue.Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return queue.Holder{PID: os.Getpid(), Host: host, Instance: instance()}
}

// release gives the lock back. A lock file that has lost its name may be another's
// by now, and stays as it is.
func (l *lock) release() (err error) {
	if named(l.held) {
		err = os.Truncate(l.held.Path(), 0)
	}
	return errors.Join(err, l.held.Unlock())
}

// HolderOf returns an error that names who holds the ledger at path now; held is nil
// when nobody does. A holder that died counts as nobody. The Holder is zero while
// the one who has just taken the lock has not written its name.
func HolderOf(path string) (held *queue.LockedError, err error) {
	file := newLock(path, os.O_RDONLY)
	free, err := file.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at lock %s: %w", file.Path(), err)
	case free:
		return nil, file.Unlock()
	}
	return lockedBy(file), nil
}

// lockedBy says who holds a lock that was found taken.
func lockedBy(file *flock.Flock) *queue.LockedError {
	return &queue.LockedError{Path: file.Path(), Holder: readHolder(file.Path())}
}

// readHolder returns the name written into a lock file, or zero when there is
// none to be read.
func readHolder(file string) queue.Holder {
	text, err := os.ReadFile(file)
	if err != nil {
		return queue.Holder{}
	}
	var h queue.Holder
	if json.Unmarshal(text, &h) != nil {
		return queue.Holder{}
	}
	return h
}
