package outfile

import (
	"errors"
	"os"
)

// Unnamed makes a private file without a name in a folder; empty is the one for temporary
// files (TMPDIR). It is gone when it is closed, also by the end of the process. A crash
// at the moment at which it has a name leaves an empty file, whose name begins with a dot.
func Unnamed(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, ".cleaner-*") // 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
