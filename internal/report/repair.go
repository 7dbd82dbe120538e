package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

const (
	lineHead = `{"id":"` // how each line of the results begins
	longest  = 1 << 20   // no line is longer than this
)

// repair prepares a file that is opened for appending: it locks it, sets its mode to 0600,
// removes a last line without its end, and returns the chain value of the last whole one.
// It does nothing to a file that is not regular. It refuses a file whose last line is not
// one of results, which was probably named by mistake.
func repair(f *os.File) (head chain, err error) {
	head = chain([]byte(Seed))
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return head, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // ends with the file
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return head, errors.New("another process is appending to it: name another file, or wait")
	}
	if err != nil {
		return head, fmt.Errorf("lock it: %w", err)
	}
	if info, err = f.Stat(); err != nil { // it may have changed before the lock
		return head, err
	}
	last, torn, err := lastLines(f.Name(), info)
	if err != nil {
		return head, err
	}
	if last != nil {
		if _, head, err = unseal(last); err != nil {
			return head, fmt.Errorf("its last line %w: move it away, or name another file", err)
		}
	}
	if torn > 0 {
		err = f.Truncate(info.Size() - torn)
	}
	if err == nil && info.Mode().Perm() != 0o600 {
		err = f.Chmod(0o600)
	}
	return head, err
}

// lastLines reads the end of the file at path, which info describes. It returns the last
// whole line without the line feed, nil when there is none, and how many bytes follow it.
// It is an error if these are not of results.
func lastLines(path string, info os.FileInfo) (last []byte, torn int64, err error) {
	// The first size is almost always enough.
	for _, n := range []int64{4096, 2 * longest} {
		n = min(n, info.Size())
		tail, err := readTail(path, info, n)
		if err != nil {
			return nil, 0, err
		}
		end := bytes.LastIndexByte(tail, '\n')
		rest := tail[end+1:]
		begin := bytes.LastIndexByte(tail[:max(end, 0)], '\n')
		whole := n == info.Size()
		if !whole && n < 2*longest && (end < 0 || begin < 0) {
			continue // a long line
		}
		if len(rest) >= longest || !isTorn(rest) || end >= 0 && begin < 0 && !whole {
			break
		}
		if end >= 0 {
			last = tail[begin+1 : end]
		}
		return last, int64(len(rest)), nil
	}
	return nil, 0, errors.New("its last line is not one of results: name another file")
}

// isTorn reports whether rest may be the beginning of a line. After a power failure there
// may be zeros in place of what was not yet on the disk.
func isTorn(rest []byte) bool {
	rest = bytes.TrimRight(rest, "\x00")
	return bytes.HasPrefix(rest, []byte(lineHead)[:min(len(rest), len(lineHead))])
}

// readTail reads the last n bytes of the file at path, which info describes.
func readTail(path string, info os.FileInfo, n int64) (tail []byte, err error) {
	f, err := reopen(path, info)
	if err != nil {
		return nil, err
	}
	tail, err = io.ReadAll(io.NewSectionReader(f, info.Size()-n, n))
	return tail, errors.Join(err, f.Close())
}

// reopen opens the file at path, which info describes, for reading.
func reopen(path string, info os.FileInfo) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	again, err := f.Stat()
	if err == nil && !os.SameFile(info, again) {
		err = errors.New("it was replaced while it was being opened: start again")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
