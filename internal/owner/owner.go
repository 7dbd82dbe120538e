// Package owner keeps what root makes in somebody's folder with that somebody: the
// daemon that works there could not open it otherwise.
package owner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Keep gives an open file to the owner of its folder, if this process is root's and has
// made it: it is root's, and its folder is not. Else it does nothing. Name returns where
// the file is.
func Keep(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	made, err := f.Stat()
	if err != nil {
		return err
	}
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	if uid, gid, given := heir(statOf(made), statOf(folder), made.Mode().IsRegular()); given {
		return f.Chown(uid, gid)
	}
	return nil
}

// MkdirAll makes a folder and those above it that are missing, as os.MkdirAll does. Each
// is given to the owner of the one above it, if this process is root's and that one is
// not.
func MkdirAll(path string, mode fs.FileMode) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path {
		return os.MkdirAll(path, mode) // which says what is there instead
	}
	if err := MkdirAll(filepath.Dir(path), mode); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return os.MkdirAll(path, mode) // another process was faster
		}
		return err
	}
	return inherit(path)
}

// inherit gives a folder that was just made to the owner of the one above it.
func inherit(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	above, err := os.Stat(filepath.Dir(path))
	if err != nil || statOf(above).Uid == 0 {
		return err
	}
	return os.Lchown(path, int(statOf(above).Uid), int(statOf(above).Gid))
}

// heir decides who is given a file. A file with a second name is left alone: whoever
// owns the folder could have put it there, to be given it.
func heir(made, folder syscall.Stat_t, regular bool) (uid, gid int, given bool) {
	given = regular && made.Nlink == 1 && made.Uid == 0 && folder.Uid != 0
	return int(folder.Uid), int(folder.Gid), given
}

// statOf is what the system says of a file. Every system that cleaner is built for
// says so.
func statOf(info fs.FileInfo) syscall.Stat_t {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return *s
	}
	return syscall.Stat_t{Nlink: 1}
}
