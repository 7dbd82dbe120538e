package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFile opens the file at path without waiting for anybody, and refuses what
// cannot be read to an end.
func openFile(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = readable(path, info.Mode())
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// readable returns why a file of that mode is no input; nil when it may be one.
func readable(path string, mode fs.FileMode) error {
	switch {
	case mode.IsDir():
		return fmt.Errorf("%s is a directory; name a file", path)
	case mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0:
		return fmt.Errorf("%s is a disk; name a file", path)
	}
	return nil
}

// readerOf returns what reads f. A named pipe has no end before its first writer.
func readerOf(f *os.File, info fs.FileInfo) io.Reader {
	if info.Mode()&fs.ModeNamedPipe == 0 {
		return f
	}
	if _, err := filepath.EvalSymlinks(f.Name()); err != nil {
		return f // a pipe without a name, by way of /dev/stdin: its writer has been there
	}
	return &fifo{file: f}
}

// fifo reads a named pipe that was opened without waiting for a writer.
type fifo struct {
	file *os.File
	met  bool // there has been a writer
}

// Read reads what the writers write; the first time it waits for one of them.
// Closing the file ends the waiting.
func (p *fifo) Read(b []byte) (int, error) {
	if !p.met {
		if err := p.meet(); err != nil {
			return 0, err
		}
		p.met = true
	}
	return p.file.Read(b)
}

// meet waits until there is something to read, or a writer has come and gone.
func (p *fifo) meet() error {
	conn, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Read(func(fd uintptr) bool {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, 0)
		if errors.Is(err, unix.EINTR) {
			return false
		}
		failed = err
		return err != nil || n > 0
	})
	return errors.Join(err, failed)
}
