package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fileSystemAt asks the system for the file system of what stands at path, or of the
// nearest folder above that is there.
func fileSystemAt(path string) fileSystem {
	var s unix.Statfs_t
	err := unix.Statfs(path, &s)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		path = filepath.Dir(path)
		err = unix.Statfs(path, &s)
	}
	if err != nil {
		return fileSystem{} // whoever opens the file says why
	}
	magic := uint32(s.Type) //nolint:unconvert // its type differs from system to system
	if magic != fuseMagic {
		return judge(magic, "")
	}
	var at unix.Stat_t
	mounts, readable := os.ReadFile("/proc/self/mountinfo")
	if readable != nil || unix.Stat(path, &at) != nil {
		return judge(magic, "")
	}
	return judge(magic, mountedAs(string(mounts), fmt.Sprintf("%d:%d", unix.Major(at.Dev), unix.Minor(at.Dev))))
}
