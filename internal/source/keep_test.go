package source

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// TestKeepSaysWhere: what cannot be kept is blamed on the folder for temporary files, and what
// cannot be read is not.
func TestKeepSaysWhere(t *testing.T) {
	broken := errors.New("the pipe broke")
	if _, err := Keep(t.Context(), Stdin, iotest.ErrReader(broken)); !errors.Is(err, broken) || strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("an input that fails: %v", err)
	}
	t.Setenv("TMPDIR", "/no/such/folder")
	if _, err := Keep(t.Context(), Stdin, strings.NewReader("a\n")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "TMPDIR can name another folder") {
		t.Errorf("no folder: %v", err)
	}
}
