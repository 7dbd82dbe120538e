//go:build !linux

package terminal

import "golang.org/x/sys/unix"

// flushTyped forgets what was typed at a terminal and has not been read.
func flushTyped(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, fread) }

// fread is FREAD of <sys/fcntl.h>: what was typed, and not what is to be shown.
const fread = 1
