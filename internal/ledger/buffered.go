package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"cleaner/internal/outfile"
	"cleaner/internal/owner"
	"cleaner/internal/queue"
)

// Buffered returns a loader that reads all IDs of a batch before it opens the ledger, and
// closes that after each batch: an input that comes slowly keeps no pass from working.
// It fails at once when the ledger cannot be opened, or a pass holds it now. What it has
// read is in an unnamed file in the ledger's folder, which has to have room for it anyway,
// and is made if there is none.
func (l Location) Buffered(command string, say func(string)) (queue.Loader, error) {
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
	return buffered{folder: l.Folder(), open: func(ctx context.Context) (queue.Ledger, error) {
		return l.Open(ctx, Options{Command: command, Say: say})
	}}, nil
}

// buffered is a loader that opens its ledger when it has read all that it is to load.
type buffered struct {
	folder string // for the buffer
	open   func(context.Context) (queue.Ledger, error)
}

// Load implements queue.Loader.
func (l buffered) Load(ctx context.Context, b queue.Batch, ids iter.Seq2[string, error]) (loaded queue.Loaded, err error) {
	read, err := newBuffer(l.folder)
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

// buffer is IDs in an unnamed file, one a line: no ID has a line feed in it.
type buffer struct {
	file   *os.File
	folder string
}

func newBuffer(folder string) (b buffer, err error) {
	b.folder = folder
	if err := owner.MkdirAll(folder, 0o700); err != nil {
		return b, b.failed(err)
	}
	b.file, err = outfile.Unnamed(folder)
	return b, b.failed(err)
}

// fill writes ids down, until they end or one is an error.
func (b buffer) fill(ids iter.Seq2[string, error]) error {
	w := bufio.NewWriter(b.file)
	for id, err := range ids {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, id); err != nil {
			return b.failed(err)
		}
	}
	return b.failed(w.Flush())
}

// ids yields what was written down.
func (b buffer) ids(yield func(string, error) bool) {
	if _, err := b.file.Seek(0, io.SeekStart); err != nil {
		yield("", b.failed(err))
		return
	}
	lines := bufio.NewScanner(b.file)
	for lines.Scan() {
		if !yield(lines.Text(), nil) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		yield("", b.failed(err))
	}
}

func (b buffer) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("keep what is read in %s, which has to be writable and to have room: %w", b.folder, err)
}
