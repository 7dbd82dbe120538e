package source

import (
	"context"
	"io"
	"io/fs"
	"os"
	"time"

	"cleaner/internal/regular"
)

// Quiet is how long a file must have been left alone before it is read where the system
// does not tell whether somebody has it open for writing.
const Quiet = 3 * time.Second

const (
	// tick is how long it must have been left alone where the system does: a change during
	// the reading then shows in its time, however coarse the clock of the file system is.
	tick = 20 * time.Millisecond
	// patience is how long a file may still be open for writing: its writer may be about to
	// close it, as a process that was just started does with what it inherits.
	patience = 500 * time.Millisecond
)

// ChangedError says that a file is not what it was any more, or may not be whole: somebody
// is writing it, or has put another in its place. Nothing of it is to be believed; it may
// be read again.
type ChangedError struct {
	// Open says that a process has it open for writing.
	Open bool
}

// Error says what to do.
func (e *ChangedError) Error() string {
	if e.Open {
		return "a process has it open for writing, so it may not be whole yet: try again when that process has closed it" +
			" (fuser FILE shows it), or pipe in what is there: cat FILE | cleaner load -"
	}
	return "it changed while it was read; write it to another name and rename it when it is whole"
}

// SameFile reports whether a and b are of one file with the same contents, as far as
// device, inode, kind, size and time of the last change tell.
func SameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Mode().Type() == b.Mode().Type() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// still is a regular file that must stay as it is while it is read. A nil one is of what is
// no such file, and always as it was.
type still struct {
	file    *os.File
	info    fs.FileInfo                       // as it was when reading began
	written func(*os.File) (open, known bool) // regular.Written
}

// newStill returns the still of in, once nobody is writing it as far as the system tells;
// for that it does not wait long. It is to be called before the first byte is read. Same is
// the file as whoever has found it saw it, having waited; nil when nobody has.
func newStill(ctx context.Context, in io.Reader, same fs.FileInfo) (*still, error) {
	f, info, err := regularFile(in)
	switch {
	case err != nil:
		return nil, err
	case f == nil && same != nil: // a pipe, for example, in the place of the file
		return nil, &ChangedError{}
	case f == nil:
		return nil, nil
	}
	s := &still{f, info, regular.Written}
	if err := s.settle(ctx, same != nil); err != nil {
		return nil, err
	}
	if same != nil && !SameFile(same, s.info) {
		return nil, &ChangedError{}
	}
	return s, nil
}

// regularFile is the regular file that in is; nil when it is none.
func regularFile(in io.Reader) (*os.File, fs.FileInfo, error) {
	f, ok := in.(*os.File)
	if !ok {
		return nil, nil, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil, err
	}
	return f, info, nil
}

// settle waits until nobody is writing the file. The state that is noted is always older
// than the look at who has it open: whoever opens it later and writes changes it.
func (s *still) settle(ctx context.Context, watched bool) error {
	for start, seen := time.Now(), time.Now(); ; {
		open, known := s.written(s.file)
		rest := Quiet
		if known || watched {
			rest = tick
		}
		left := rest - max(time.Since(s.info.ModTime()), time.Since(seen))
		switch {
		case open && time.Since(start) >= patience:
			return &ChangedError{Open: true}
		case open:
			left = tick
		case left <= 0:
			return s.unchanged()
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return stop(ctx)
		}
		now, err := s.file.Stat()
		switch {
		case err != nil:
			return err
		case SameFile(s.info, now):
		case time.Since(start) >= Quiet:
			return &ChangedError{}
		default:
			s.info, seen = now, time.Now()
		}
	}
}

// unchanged returns an error when the file is not what it was when reading began: half
// of a new list is not a list.
func (s *still) unchanged() error {
	if s == nil {
		return nil
	}
	now, err := s.file.Stat()
	if err != nil {
		return err
	}
	if !SameFile(s.info, now) {
		return &ChangedError{}
	}
	return nil
}
