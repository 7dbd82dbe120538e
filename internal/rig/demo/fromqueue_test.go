package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoRedis: where no Redis is installed, that part is left out and nothing is done.
func TestNoRedis(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := filepath.Join(t.TempDir(), "from-queue")
	if err := showQueue(t.Context(), dir, "no-such-binary", 1); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}
