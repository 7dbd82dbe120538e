package regular

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Written reports whether a process, on this machine, has f open for writing, and whether
// that is known. f must be open for reading alone. It is known of the files that the process
// owns, or all if it has CAP_LEASE, on file systems that no other machine writes to.
//
// The kernel refuses a read lease on a file that somebody may write to. The lease is given
// back at once: whoever opens the file meanwhile waits for no longer than that.
func Written(f *os.File) (open, known bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false, false
	}
	_ = conn.Control(func(fd uintptr) {
		var s unix.Statfs_t
		if unix.Fstatfs(int(fd), &s) != nil || !local(uint32(s.Type)) { //nolint:unconvert // its type differs from system to system
			return
		}
		_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
		if err == nil {
			_, err = unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK)
		}
		open = errors.Is(err, unix.EAGAIN)
		known = open || err == nil
	})
	return open, known
}

// local reports whether only this machine writes to a file system of this number, see
// statfs(2). Elsewhere the kernel knows only its own writers, or says EAGAIN for want of a
// delegation.
func local(magic uint32) bool {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC,
		unix.RAMFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, zfsMagic, bcachefsMagic:
		return true
	}
	return false
}

const (
	zfsMagic      = 0x2fc12fc1
	bcachefsMagic = 0xca451a4e
)
