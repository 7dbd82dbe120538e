package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Holder is the process that holds a ledger.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command,omitempty"`
}

// LockedError says that another process holds the ledger, and which.
type LockedError struct {
	// Path is the lock file.
	Path string
	// Holder is who holds it; zero when it has not yet written its name.
	Holder Holder
}

// Error names the holder and what to do.
func (e *LockedError) Error() string {
	h := e.Holder
	if h.PID == 0 {
		return fmt.Sprintf("another process holds the lock %s; wait until it ends", e.Path)
	}
	command := ""
	if h.Command != "" {
		command = " (" + h.Command + ")"
	}
	return fmt.Sprintf("held by process %d%s on %s since %s; wait until it ends, or stop it",
		h.PID, command, h.Host, h.Since.Format(time.RFC3339))
}

// lock is the exclusive lock on a ledger, in a file of its own beside it. The
// kernel drops it with the process, however that ends, so a dead holder's lock
// is free; the file itself stays, for a removed lock file locks nobody out.
type lock struct{ held *flock.Flock }

// glance is how long acquire keeps trying: HolderOf holds a free lock for some
// microseconds, on a busy machine longer, and is not to be taken for a holder.
const glance = 300 * time.Millisecond

// acquire takes the lock of the ledger at path and writes its holder's name
// into it, or returns a *LockedError.
func acquire(ctx context.Context, path, command string) (*lock, error) {
	file := newLock(path, os.O_RDWR|os.O_CREATE)
	trying, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	_, err := file.TryLockContext(trying, glance/30)
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), file.Unlock())
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &LockedError{Path: file.Path(), Holder: readHolder(file.Path())}
	case err != nil:
		return nil, fmt.Errorf("take lock: %w", err)
	}
	if err := sign(file.Path(), command); err != nil {
		return nil, errors.Join(explain(err), file.Unlock())
	}
	return &lock{held: file}, nil
}

// newLock is the lock of the ledger at path, not yet taken.
func newLock(path string, flag int) *flock.Flock {
	return flock.New(path+".lock", flock.SetFlag(flag|syscall.O_NOFOLLOW), flock.SetPermissions(0o600))
}

// sign writes who holds the lock into its file.
func sign(path, command string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second), Command: command})
	if err != nil {
		return err
	}
	if err := errors.Join(narrow(file), file.Truncate(0)); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	if _, err := file.WriteAt(append(text, '\n'), 0); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	return nil
}

// release gives the lock back.
func (l *lock) release() error {
	return errors.Join(os.Truncate(l.held.Path(), 0), l.held.Unlock())
}

// HolderOf returns who holds the ledger at path now, and false when nobody
// does. A holder that died counts as nobody. The Holder is zero while the one
// who has just taken the lock has not written its name.
func HolderOf(path string) (Holder, bool, error) {
	file := newLock(path, os.O_RDONLY)
	free, err := file.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Holder{}, false, nil
	case err != nil:
		return Holder{}, false, fmt.Errorf("look at lock %s: %w", file.Path(), err)
	case free:
		return Holder{}, false, file.Unlock()
	}
	return readHolder(file.Path()), true, nil
}

// readHolder returns the name written into a lock file, or zero when there is
// none to be read.
func readHolder(file string) Holder {
	text, err := os.ReadFile(file)
	if err != nil {
		return Holder{}
	}
	var h Holder
	if json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
