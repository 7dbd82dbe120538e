package outfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
)

// TestUnnamed: the file can be written and read, by its owner alone, and no name of it is
// left.
func TestUnnamed(t *testing.T) {
	folder := t.TempDir()
	f, err := Unnamed(folder)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v (%v)", left, err)
	}
	if info, err := f.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
	if err := text("kept")(f); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(f, 0, 100)); err != nil || string(got) != "kept" {
		t.Errorf("it holds %q (%v)", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Unnamed(folder + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is missing: %v", err)
	}
}
