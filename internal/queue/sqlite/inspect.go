package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// toRestore is what to do about a ledger that has lost what it held.
const toRestore = "restore the ledger's backup, or move the file and those beside it (-wal, -shm, -journal) away for a new ledger, " +
	"which knows of no ID what became of it"

// errEmpty refuses a file of no bytes: a ledger is never so, also while it is made.
var errEmpty = errors.New("the file is empty, and a ledger never is: it was cut, or is not one; " + toRestore)

// inspect reports whether there is a ledger at path. A file that cannot be one is an
// error, and so is one that is missing while a part of it is still there.
func inspect(path string) (exists bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, orphaned(path)
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return false, errors.New("it is a symbolic link; name the file itself")
	case !info.Mode().IsRegular():
		return false, errors.New("it is not a regular file")
	case foundOf(info).names > 1:
		return false, errLinked
	case info.Size() == 0:
		return false, errEmpty
	}
	return true, nil
}

// orphaned returns an error when SQLite's log of a ledger is there and the ledger is not:
// what the log holds would be lost, or written into a new ledger that it is not of.
func orphaned(path string) error {
	for _, suffix := range []string{"-wal", "-journal"} {
		info, err := os.Lstat(path + suffix)
		if err == nil && info.Size() > 0 {
			return fmt.Errorf("the file is missing, and its log %s is there: put the file back beside it; or %s", path+suffix, toRestore)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Check returns why Open would refuse the file at path, as far as that shows without
// opening or making anything: what the file is, where it lies, and whether this process
// may write it, its lock, and into its folder.
func Check(path string) error {
	if _, err := inspect(path); err != nil {
		return fmt.Errorf("%s cannot be the ledger: %w", path, err)
	}
	if _, err := Place(path); err != nil {
		return err
	}
	for _, file := range []string{path, path + lockSuffix} {
		if err := unix.Access(file, unix.R_OK|unix.W_OK); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s cannot be written: %w; see whose it is (a ledger belongs to the user of the service), and that its file system is not read-only", file, err)
		}
	}
	return checkFolder(filepath.Dir(path))
}

// checkFolder says why nothing can be made in a folder. One that is not there yet is made
// when the ledger is, or by whoever starts the process.
func checkFolder(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", folder)
	}
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("nothing can be made in the folder %s, where the ledger needs files: %w", folder, err)
	}
	return nil
}
