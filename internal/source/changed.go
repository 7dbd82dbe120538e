package source

import (
	"io/fs"
	"os"
)

// ChangedError says that a file is not what it was any more: somebody is writing it, or
// has put another in its place. Nothing of it is to be believed; it may be read again.
type ChangedError struct{}

// Error says what to do.
func (*ChangedError) Error() string {
	return "it changed while it was read; write it to another name and rename it when it is whole"
}

// SameFile reports whether a and b are of one file with the same contents, as far as
// device, inode, kind, size and time of the last change tell.
func SameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Mode().Type() == b.Mode().Type() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// unchanged returns an error when the file is not what it was when it was opened: half
// of a new list is not a list.
func (s *Source) unchanged() error {
	if s.file == nil || !s.info.Mode().IsRegular() {
		return nil
	}
	now, err := s.file.Stat()
	if err != nil {
		return err
	}
	if !SameFile(s.info, now) {
		return &ChangedError{}
	}
	return nil
}
