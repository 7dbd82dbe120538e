package terminal

import "golang.org/x/sys/unix"

// flushTyped forgets what was typed at a terminal and has not been read.
func flushTyped(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }
