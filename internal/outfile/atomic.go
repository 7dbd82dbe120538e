// Package outfile makes and replaces files as a whole or not at all: who reads one sees
// the old file, or none, or the whole new one, also after a crash of the machine.
package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"

	"cleaner/internal/owner"
)

// Write replaces path as Replace does, with mode 0600. What is no file, like a pipe or
// /dev/null, is written to and stays; a symbolic link to such a thing, like
// /dev/stdout, is refused.
func Write(path string, write func(io.Writer) error) error {
	do := func() error { return Replace(path, 0o600, write) }
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		do = func() error { return writeInto(path, write) }
	}
	if err := do(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeInto writes to what is there, and follows no link.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, syscall.ELOOP) {
		err = fmt.Errorf("%w: name the thing itself, or - for standard output", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// Replace replaces the file at path with what write writes: readers see the old file or
// the whole new one, also after a crash of the machine, and once Replace has returned
// nil, the new one. If write fails, the old file stays. The file has this mode whatever
// the umask, and in somebody's folder root makes it that somebody's. A symbolic link at
// path is replaced, and not followed.
//
// Until then the new file stands beside the old one, under a name that begins with a
// dot and ends with a digit.
func Replace(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(folder), renameio.WithStaticPermissions(mode))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Cleanup()) }()
	if err := owner.Keep(f.File); err != nil {
		return err
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder brings the names in a folder onto the disk: renameio promises that the
// change is atomic, and not that it lasts. Some folders may be written and not read, and
// some file systems cannot sync them; then the change lasts when the system says so.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
