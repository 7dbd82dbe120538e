package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// extent is what the system must say of a results file as long as nobody else touches it.
// The zero value is that of a file that is not regular, of which nothing is known.
type extent struct {
	regular bool
	named   bool // it had a name when it was opened: some file systems count none
	size    int64
}

// extentOf is the extent of the open file f.
func extentOf(f *os.File) (extent, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return extent{}, err
	}
	return extent{regular: true, named: names(info) > 0, size: info.Size()}, nil
}

// intact says why f does not hold any more what was written to it; nil when it does. A
// file that was moved to another name goes on there.
func (e extent) intact(f *os.File) error {
	if !e.regular {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return e.judge(info.Size(), names(info))
}

// judge says what is wrong with a file of that size and so many names.
func (e extent) judge(size int64, names uint64) error {
	const again = "; nothing more is sent: run again, and its missing lines are written; move it away between passes only"
	switch {
	case e.named && names == 0:
		return errors.New("it was removed or replaced while this pass wrote to it" + again)
	case size != e.size:
		return fmt.Errorf("it has %d bytes instead of %d: it was cut, or written to by somebody else, while this pass wrote to it%s", size, e.size, again)
	}
	return nil
}

// names is how many names a file has in its file system; 1 where nobody says.
func names(info fs.FileInfo) uint64 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return uint64(s.Nlink) //nolint:unconvert // its type differs from system to system
}
