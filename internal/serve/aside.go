package serve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"cleaner/internal/outfile"
	"cleaner/internal/owner"
	"cleaner/internal/source"
)

// aside is a folder in the spool for files that were read. Each has a note beside it,
// under its name and the suffix.
type aside struct{ folder, suffix string }

// What the notes end in: the report of the pass that has loaded a file, and why one was
// refused.
const (
	reportSuffix = ".report.json"
	reasonSuffix = ".error.txt"
)

// errOther says that the file at a path is not the one that was read.
var errOther = errors.New("it is another file by now, or has changed")

// move moves the file at path into the folder, under a name that nothing has, and
// returns where it is. note is written beside it, before it is there; nil is for later.
func (a aside) move(path string, info fs.FileInfo, note func(io.Writer) error) (to string, err error) {
	if !isStill(path, info) {
		return "", errOther
	}
	dir := filepath.Join(filepath.Dir(path), a.folder)
	if err := owner.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	to, err = a.place(dir, filepath.Base(path))
	if err != nil {
		return "", err
	}
	if note != nil {
		if err := outfile.Write(to+a.suffix, note); err != nil {
			return "", err
		}
	}
	err = moveWithin(path, to, info)
	if errors.Is(err, syscall.EXDEV) {
		err = moveAcross(path, to, info)
	}
	if err != nil && note != nil {
		err = errors.Join(err, os.Remove(to+a.suffix))
	}
	return to, err
}

// place returns where in dir a file of that name, and its note, can be.
func (a aside) place(dir, base string) (string, error) {
	for n := range 10_000 {
		name := asideName(base, n)
		to := filepath.Join(dir, name)
		if name != "" && !exists(to) && !exists(to+a.suffix) {
			return to, nil
		}
	}
	return "", fmt.Errorf("%s is full of files of that name; empty it", dir)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isStill reports whether the file at path is the one of info, unchanged.
func isStill(path string, info fs.FileInfo) bool {
	now, err := os.Lstat(path)
	return err == nil && source.SameFile(info, now)
}

// moveWithin renames the file of info from path to the free path to. When another file
// takes its place at that moment, that is put back.
func moveWithin(path, to string, info fs.FileInfo) error {
	if !isStill(path, info) {
		return errOther
	}
	if err := os.Rename(path, to); err != nil {
		return err
	}
	if isStill(to, info) {
		return nil
	}
	return errors.Join(errOther, putBack(to, path))
}

// putBack brings a file back into the spool, beside what may be there by now.
func putBack(from, path string) error {
	for n := range 10_000 {
		name := asideName(filepath.Base(path), n)
		if name == "" {
			continue
		}
		to := filepath.Join(filepath.Dir(path), name)
		err := os.Link(from, to) // it replaces nothing, as a rename would
		switch {
		case err == nil:
			return os.Remove(from)
		case exists(to):
		default:
			return os.Rename(from, to) // no links here
		}
	}
	return fmt.Errorf("%s cannot be put back to %s", from, path)
}

// moveAcross is moveWithin to another file system. The file is first renamed to a hidden
// name, and that one is removed after the copy: a file that came in its place must stay.
func moveAcross(path, to string, info fs.FileInfo) error {
	hidden := filepath.Join(filepath.Dir(path), "."+asideName(filepath.Base(path), 1)+".moving")
	if err := moveWithin(path, hidden, info); err != nil {
		return err
	}
	if err := copyFile(hidden, to); err != nil {
		return errors.Join(err, putBack(hidden, path))
	}
	return os.Remove(hidden)
}

func copyFile(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return outfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}
