package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

const (
	lineHead = `{"id":"` // how each line of the results begins
	longest  = 1 << 20   // no line is longer than this
)

// repair makes a file that is opened for appending private, and cuts off a last
// line that has no end. It leaves alone what is not a regular file, and refuses
// one whose last line is not of the results: it was named by mistake.
func repair(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	tail, err := lastPart(f.Name(), info)
	if err != nil {
		return err
	}
	torn := tail[bytes.LastIndexByte(tail, '\n')+1:]
	if len(torn) == longest || !bytes.HasPrefix(torn, []byte(lineHead)[:min(len(torn), len(lineHead))]) {
		return errors.New("its last line is not one of results: name another file")
	}
	if len(torn) > 0 {
		err = f.Truncate(info.Size() - int64(len(torn)))
	}
	if err == nil && info.Mode().Perm() != 0o600 {
		err = f.Chmod(0o600)
	}
	return err
}

// lastPart reads the last part of the file at path, which info describes: all of
// it, or as much as the longest line takes. It reads first what decides almost
// always: whether the last line has an end.
func lastPart(path string, info os.FileInfo) (part []byte, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	again, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(info, again) {
		return nil, errors.New("it was replaced while it was opened: start again")
	}
	for _, n := range []int64{1, longest} {
		n = min(n, info.Size())
		part, err = io.ReadAll(io.NewSectionReader(f, info.Size()-n, n))
		if err != nil || strings.HasSuffix(string(part), "\n") {
			break
		}
	}
	return part, err
}
