package outfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestCreate: the file is whole when it has its name, and readable by its owner alone.
func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Create(path, func(w io.Writer) error {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it has its name before it is whole: %v", err)
		}
		return text("whole")(w)
	}); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "whole", 0o600)
	if err := Create(path, text("another")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("where a file is: %v", err)
	}
	holds(t, path, "whole", 0o600)
}

// TestCreateFails: nothing is left of a file that cannot be written.
func TestCreateFails(t *testing.T) {
	folder, cause := t.TempDir(), errors.New("no more")
	if err := Create(filepath.Join(folder, "file"), func(w io.Writer) error { return errors.Join(text("half")(w), cause) }); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v (%v)", left, err)
	}
}

// TestRenameNew: of those who give their file one name at once one does, the others are
// told, and nothing is overwritten.
func TestRenameNew(t *testing.T) {
	for name, rename := range map[string]func(from, to string) error{"rename": renameNew, "link": linkNew} {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		from := make([]string, 8)
		for i := range from {
			from[i] = filepath.Join(dir, string(rune('a'+i)))
			put(t, from[i], from[i], 0o600)
		}
		errs := make([]error, len(from))
		var all sync.WaitGroup
		for i := range from {
			all.Go(func() { errs[i] = rename(from[i], path) })
		}
		all.Wait()
		text, _ := os.ReadFile(path)
		for i, err := range errs {
			if won := string(text) == from[i]; won != (err == nil) || err != nil && !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s: %s = %v, and the file is from %q", name, from[i], err, text)
			}
		}
	}
}
