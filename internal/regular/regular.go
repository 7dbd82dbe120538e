// Package regular opens regular files, and tells whether somebody is writing them. It
// refuses pipes and devices, whose reader may wait for ever.
package regular

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Err is the error for a pipe, a device or a socket.
var Err = errors.New("it is no regular file")

// Open opens the file at path for reading, and never blocks. The error is Err, or that of
// the system. A folder can be opened; reading it tells what it is.
func Open(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(info)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Check returns Err if a file that others are about to open is a pipe, a device or a
// socket. Of one that is not there, they tell.
func Check(path string) error {
	if info, err := os.Stat(path); err == nil {
		return check(info)
	}
	return nil
}

func check(info fs.FileInfo) error {
	if !info.Mode().IsRegular() && !info.IsDir() {
		return Err
	}
	return nil
}
