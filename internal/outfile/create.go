package outfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"cleaner/internal/owner"
)

// Create makes the file at path, where none is, with what write writes and with mode
// 0600: others see no file or the whole one, also after a crash of the machine, and once
// Create has returned nil, the whole one. What came to path meanwhile stays as it is; then
// the error wraps fs.ErrExist. In somebody's folder root makes the file that somebody's.
//
// Until then the file stands beside path, under a name that begins with a dot. A crash may
// leave it there.
func Create(path string, write func(io.Writer) error) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	err = errors.Join(write(f), owner.Keep(f), f.Sync(), f.Close())
	if err == nil {
		err = renameNew(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(folder)
}

// linkNew gives the file from the name to, which nobody may have, and takes its old one.
// A crash between the two leaves both.
func linkNew(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}
