package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"cleaner/internal/assemble"
)

// leastFree is how much room the ledger should have, in bytes. A million task IDs take
// some hundred MiB.
const leastFree = 256 << 20

// place checks where the ledger is, without writing there.
func (c *checkup) place() {
	at := assemble.Ledger(c.Config)
	path, err := filepath.Abs(at.Path())
	if err != nil {
		c.add(Machine, "state folder", Mend, err.Error())
		return
	}
	dir, exists := nearest(filepath.Dir(path))
	if err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		c.add(Machine, "state folder", Mend, fmt.Sprintf("%s: %v: give it to the user that cleaner runs as", dir, err))
		return
	}
	says := dir + " can be written"
	if !exists {
		says += "; the folder of the ledger is made there by the first pass"
	}
	c.add(Machine, "state folder", OK, says)
	held, err := at.Holder()
	unfit := at.Check()
	switch {
	case unfit != nil:
		c.add(Machine, "ledger", Mend, unfit.Error())
	case err != nil:
		c.add(Machine, "ledger", Unknown, err.Error())
	case held != nil:
		c.add(Machine, "ledger", OK, fmt.Sprintf("%s: pid %d on %s is at work on it", path, held.Holder.PID, held.Holder.Host))
	case !at.Exists():
		c.add(Machine, "ledger", OK, path+": there is none yet")
	default:
		c.add(Machine, "ledger", OK, path+": nobody is at work on it")
	}
	var v unix.Statfs_t
	if err := unix.Statfs(dir, &v); err != nil {
		c.add(Machine, "disk", Unknown, fmt.Sprintf("%s: %v", dir, err))
		return
	}
	c.lines = append(c.lines, disk(dir, v.Bavail*uint64(v.Bsize)), fileSystem(at.Warning()))
}

// nearest is dir, or the folder above it that exists, and whether it is dir.
func nearest(dir string) (at string, exists bool) {
	for at = dir; ; at = filepath.Dir(at) {
		err := unix.Access(at, unix.F_OK)
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return at, at == dir
		}
	}
}

// disk judges how many bytes are free.
func disk(dir string, free uint64) Line {
	l := Line{Check: "disk", Mark: OK, Kind: Machine, Says: fmt.Sprintf("%d MiB are free at %s", free>>20, dir)}
	if free < leastFree {
		l.Mark = Mend
		l.Says += fmt.Sprintf(": make room, at least %d MiB", leastFree>>20)
	}
	return l
}

// fileSystem says what the ledger finds of its file system: one that is unfit it refuses.
func fileSystem(warning string) Line {
	l := Line{Check: "file system", Mark: OK, Kind: Machine, Says: "nothing speaks against it"}
	if warning != "" {
		l.Mark, l.Says = Unknown, warning
	}
	return l
}
