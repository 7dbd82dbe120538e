package protect

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"cleaner/internal/regular"

	"cleaner/internal/policy"
)

// reading is one reading of the protect list.
type reading struct {
	list  *policy.Protect
	info  os.FileInfo   // the file as it was before and after the reading
	torn  bool          // its last line has no line feed
	again time.Duration // when to read again; not 0 says that nothing else holds
}

// readList reads the list at path, unless somebody may still be writing it. A
// bad line is an error only in a file that is whole.
//
// The file must have been left alone for a while when the reading begins: a
// write during the reading is then sure to show in its time, however coarse the
// file system's clock is.
func readList(path string) (t reading, err error) {
	f, info, err := open(path)
	if err != nil {
		return t, err
	}
	t.info = info
	defer func() { err = errors.Join(err, f.Close()) }()
	if written, _ := regular.Written(f); written {
		return reading{again: quiet}, nil
	}
	if left := quiet - time.Since(t.info.ModTime()); left > 0 {
		return reading{again: min(left, quiet)}, nil
	}
	end := &lastByte{r: f}
	list, bad := policy.ParseProtect(end)
	after, err := f.Stat()
	if err != nil {
		return t, err
	}
	named, err := os.Stat(path)
	if err != nil {
		return t, err
	}
	if !unchanged(t.info, after) || !unchanged(t.info, named) {
		return reading{again: quiet}, nil
	}
	t.list, t.torn = list, end.any && end.last != '\n'
	return t, bad
}

// Read reads the list at path once, as it is. The errors of rules name the file.
func Read(path string) (list *policy.Protect, err error) {
	f, _, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("protect file %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if list, err = policy.ParseProtect(f); err != nil {
		return nil, fmt.Errorf("protect file %s: %w", path, err)
	}
	return list, nil
}

// open opens a list. A pass that reads a pipe could wait for its end for hours, send nothing
// and say nothing.
func open(path string) (*os.File, os.FileInfo, error) {
	f, info, err := regular.Open(path)
	if errors.Is(err, regular.Err) {
		err = fmt.Errorf("%w: write the list into one, for it is read again and again", err)
	}
	return f, info, err
}

// unchanged reports whether a and b are the same file with the same contents,
// as far as the file system says.
func unchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// lastByte passes on what r reads and keeps the last byte of it.
type lastByte struct {
	r    io.Reader
	any  bool // there was one
	last byte
}

// Read reads from r.
func (l *lastByte) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.any, l.last = true, p[n-1]
	}
	return n, err
}
