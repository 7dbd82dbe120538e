package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"cleaner/internal/owner"
	"cleaner/internal/queue"
)

// Late returns a loader that reads all IDs of a batch before it opens the ledger, and
// closes that after each batch: an input that comes slowly keeps no pass from working.
// It fails at once when the ledger cannot be opened, or a pass holds it now. What it has
// read stands in a file without a name in the ledger's folder, which has to have room for it
// anyway, and is made if there is none.
func (l Location) Late(command string, say func(string)) (queue.Loader, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	held, err := l.Holder()
	if err != nil {
		return nil, err
	}
	if held != nil && !held.Holder.Brief() {
		return nil, held
	}
	return late{folder: l.Folder(), open: func(ctx context.Context) (queue.Ledger, error) {
		return l.Open(ctx, Options{Command: command, Say: say})
	}}, nil
}

// late is a loader that opens its ledger when there is something to load.
type late struct {
	folder string // for the stash
	open   func(context.Context) (queue.Ledger, error)
}

// Load implements queue.Loader.
func (l late) Load(ctx context.Context, b queue.Batch, ids iter.Seq2[string, error]) (loaded queue.Loaded, err error) {
	read, err := newStash(l.folder)
	if err != nil {
		return loaded, err
	}
	defer func() { err = errors.Join(err, read.file.Close()) }()
	if err := read.fill(ids); err != nil {
		return loaded, fmt.Errorf("load batch %q: %w", b.Name, err)
	}
	q, err := l.open(ctx)
	if err != nil {
		return loaded, err
	}
	loaded, err = q.Load(ctx, b, read.ids)
	return loaded, errors.Join(err, q.Close())
}

// stash keeps IDs in a file without a name, one a line: no ID has a line feed in it.
type stash struct {
	file   *os.File
	folder string
}

func newStash(folder string) (s stash, err error) {
	s.folder = folder
	if err := owner.MkdirAll(folder, 0o700); err != nil {
		return s, s.failed(err)
	}
	if s.file, err = os.CreateTemp(folder, ".cleaner-load-*"); err != nil { // 0600
		return s, s.failed(err)
	}
	if err := os.Remove(s.file.Name()); err != nil {
		return s, errors.Join(s.failed(err), s.file.Close())
	}
	return s, nil
}

// fill writes ids down, until they end or one is an error.
func (s stash) fill(ids iter.Seq2[string, error]) error {
	w := bufio.NewWriter(s.file)
	for id, err := range ids {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, id); err != nil {
			return s.failed(err)
		}
	}
	return s.failed(w.Flush())
}

// ids yields what was written down.
func (s stash) ids(yield func(string, error) bool) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		yield("", s.failed(err))
		return
	}
	lines := bufio.NewScanner(s.file)
	for lines.Scan() {
		if !yield(lines.Text(), nil) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		yield("", s.failed(err))
	}
}

func (s stash) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("keep what is read in %s, which has to be writable and to have room: %w", s.folder, err)
}
