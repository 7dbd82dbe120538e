package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// grip is how this process holds a ledger: which file it is and which file the lock is,
// by device and inode. Names can be given to other files while it works.
type grip struct {
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

// seize takes a grip of the ledger at path by its lock.
func seize(path string, l *lock) (*grip, error) {
	locked, err := l.held.Stat()
	if err != nil {
		return nil, err
	}
	file, err := look(path)
	if err != nil {
		return nil, err
	}
	g := &grip{path: path, file: file.inode, lock: foundOf(locked).inode}
	return g, g.slipped()
}

// slipped says why the ledger is not held any more; nil when it is. It costs two system
// calls, and opens nothing: closing the file outside SQLite would drop SQLite's locks.
func (g *grip) slipped() error {
	file, err := look(g.path)
	if err != nil {
		return err
	}
	lock, err := look(g.path + lockSuffix)
	if err != nil {
		return err
	}
	return g.judge(file, lock)
}

// judge says what is wrong with what was found at the ledger's path and at its lock's.
func (g *grip) judge(file, lock found) error {
	const stopped = "; nothing more is sent: see that no other process works with the ledger"
	switch {
	case file.missing:
		return fmt.Errorf("it was moved away or removed while this process worked with it%s, and put it back together with the files beside it", stopped)
	case file.inode != g.file:
		return fmt.Errorf("it was replaced by another file while this process worked with it%s", stopped)
	case file.names > 1:
		return errLinked
	case lock.missing || lock.inode != g.lock:
		return fmt.Errorf("its lock %s was removed or replaced while this process held it%s, and leave that file alone", g.path+lockSuffix, stopped)
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
