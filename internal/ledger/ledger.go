// Package ledger opens a queue by its URL. It alone knows which implementations
// there are, and how the files beside a ledger are called.
package ledger

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// Location is where a ledger is; Parse makes one.
type Location struct{ path string }

// Parse reads the URL of a ledger. The error does not repeat the URL: those of other
// queues hold passwords.
func Parse(url string) (Location, error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	switch {
	case !ok || path == "":
		return Location{}, errors.New("must be sqlite:PATH")
	case strings.HasPrefix(path, "//"):
		return Location{}, errors.New("must be sqlite:PATH with one slash before it or none, as sqlite:/var/lib/cleaner/queue.db: a host has no place in it")
	case strings.ContainsFunc(path, unicode.IsControl) || strings.TrimSpace(path) != path:
		return Location{}, errors.New("must be sqlite:PATH without white space around the path, and without line ends and control characters in it")
	case path == "~" || strings.HasPrefix(path, "~/"):
		return Location{}, errors.New("must be sqlite:PATH of the whole path: ~ stands for no folder here")
	case strings.HasSuffix(path, "/"):
		return Location{}, errors.New("must be sqlite:PATH of a file, and not of a folder")
	}
	return Location{path}, nil
}

// Options are the choices there are in opening a ledger. The zero value opens it
// for work.
type Options struct {
	// Rehearse lets everything work as ever, and leaves the ledger as it was.
	Rehearse bool
	// Command names what the process does with the ledger ("run"), for those who
	// find it locked. It must not hold a secret.
	Command string
	// Say is told, every few seconds, how far a step has come that takes long: to take back
	// a load that was stopped. Nil tells nobody. It must not use the ledger.
	Say func(string)
}

// Open opens the ledger for work, and makes it when there is none. It fails with a
// *queue.LockedError when another process holds it.
func (l Location) Open(ctx context.Context, o Options) (queue.Ledger, error) {
	opened, err := sqlite.Open(ctx, l.path, sqlite.Options{Rehearse: o.Rehearse, Command: o.Command, Removing: removing(o.Say)})
	if err != nil {
		return nil, err // and not a nil *sqlite.Ledger in an interface
	}
	return opened, nil
}

// Exists reports whether the ledger was ever made. Of one whose file is missing its log
// may be left: opening it tells so.
func (l Location) Exists() bool {
	if _, err := os.Stat(l.path); !errors.Is(err, fs.ErrNotExist) {
		return true
	}
	for _, log := range []string{"-wal", "-journal"} {
		if info, err := os.Lstat(l.path + log); err == nil && info.Size() > 0 {
			return true
		}
	}
	return false
}

// Look calls look with a reader of the ledger, also while another process works with
// it. It does nothing when the ledger was never made.
func (l Location) Look(ctx context.Context, look func(queue.Reader) error) error {
	if !l.Exists() {
		return nil
	}
	r, err := sqlite.OpenReader(ctx, l.path)
	if err != nil {
		return err
	}
	return errors.Join(look(r), r.Close())
}

// Counts looks at the ledger once; one that was never made is empty.
func (l Location) Counts(ctx context.Context) (c queue.Counts, err error) {
	err = l.Look(ctx, func(r queue.Reader) error {
		c, err = r.Counts(ctx)
		return err
	})
	return c, err
}

// Holder returns an error that names the process that works with the ledger now;
// held is nil when there is none.
func (l Location) Holder() (held *queue.LockedError, err error) { return sqlite.HolderOf(l.path) }

// Self is this process as it stands in a LockedError, without the time and the command.
func Self() queue.Holder { return sqlite.Self() }

// Check returns why there can be no ledger at the location, or why this process could not
// work with the one that is there. It changes nothing.
func (l Location) Check() error { return sqlite.Check(l.path) }

// Warning tells what may go wrong with a ledger at the location; empty when nothing is
// to be said.
func (l Location) Warning() string {
	warning, err := sqlite.Place(l.path)
	if err != nil {
		return "" // Check tells it
	}
	return warning
}
