package source

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// KeepError says that the rejected lines of a source could not be kept. It is no
// fault of the source.
type KeepError struct {
	// Source names the source.
	Source string
	// Err is what went wrong.
	Err error
}

// Error names the source and says what to do.
func (e *KeepError) Error() string {
	return fmt.Sprintf("keep the rejected lines of %s: %v; when that is mended, load it again", e.Source, e.Err)
}

// Unwrap returns what went wrong.
func (e *KeepError) Unwrap() error { return e.Err }

// MachineFault reports whether err, of Open or IDs, is a fault of the machine and
// none of the source, which may be read again as it is: the rejected lines could not
// be kept, or the system could not open or read what is there.
func MachineFault(err error) bool {
	if _, ok := errors.AsType[*KeepError](err); ok {
		return true
	}
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && !slices.Contains(pathFaults(), errno)
}

// pathFaults are the system's errors that whoever named the path can mend:
// nothing there, not permitted, or nothing that can be read as a file.
func pathFaults() []syscall.Errno {
	return []syscall.Errno{
		syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.EISDIR, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG,
		syscall.EINVAL, syscall.ENXIO,
	}
}
