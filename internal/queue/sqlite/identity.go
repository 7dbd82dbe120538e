package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// identity tells the files of a ledger that this process has opened from others that come
// to their paths while it works: the ledger's file and its lock's, by device and inode.
type identity struct {
	path       string
	file, lock inode
}

// inode is a file, whatever its name.
type inode struct{ device, number uint64 }

// found is what stands at a path.
type found struct {
	inode
	names   uint64 // how many names the file has
	missing bool
}

// errLinked is why a file with two names is refused: each name would have a lock and
// a log of its own.
var errLinked = errors.New("the file has a second name (a hard link), by which another process could work with it unseen: " +
	"find it with find -samefile, remove it, and make copies with sqlite3's VACUUM INTO")

// identify returns the identity of the ledger at path, whose lock is l. It is an error if
// that is not at its path any more.
func identify(path string, l *lock) (*identity, error) {
	locked, err := l.held.Stat()
	if err != nil {
		return nil, err
	}
	file, err := look(path)
	if err != nil {
		return nil, err
	}
	id := &identity{path: path, file: file.inode, lock: foundOf(locked).inode}
	return id, id.check()
}

// check returns nil if both files are still at their paths, and otherwise says what is
// there instead. It costs two system calls, and opens nothing: closing the file outside
// SQLite would drop SQLite's locks.
func (id *identity) check() error {
	file, err := look(id.path)
	if err != nil {
		return err
	}
	lock, err := look(id.path + lockSuffix)
	if err != nil {
		return err
	}
	return id.compare(file, lock)
}

// compare says what is wrong with what was found at the ledger's path and at its lock's.
func (id *identity) compare(file, lock found) error {
	const stopped = "; nothing more is sent: see that no other process works with the ledger"
	switch {
	case file.missing:
		return fmt.Errorf("it was moved away or removed while this process worked with it%s, and put it back together with the files beside it", stopped)
	case file.inode != id.file:
		return fmt.Errorf("it was replaced by another file while this process worked with it%s", stopped)
	case file.names > 1:
		return errLinked
	case lock.missing || lock.inode != id.lock:
		return fmt.Errorf("its lock %s was removed or replaced while this process held it%s, and leave that file alone", id.path+lockSuffix, stopped)
	}
	return nil
}

// look finds out what stands at path, and follows no link.
func look(path string) (found, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return found{missing: true}, nil
	case err != nil:
		return found{}, err
	}
	return foundOf(info), nil
}

// foundOf is what the system says of a file.
func foundOf(info fs.FileInfo) found {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return found{names: 1}
	}
	return found{inode: inode{uint64(s.Dev), s.Ino}, names: uint64(s.Nlink)} //nolint:unconvert // their types differ from system to system
}
