package admin

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketIsForItsOwnerAndGoneAfterwards(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	s, err := listenUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := os.Lstat(path); err != nil || at.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v, %v", at.Mode(), err)
	}
	if err := CheckSocket(path); err != nil {
		t.Errorf("a socket that is served: %v", err)
	}
	if _, err := listenUnix(t.Context(), path); err == nil || !strings.Contains(err.Error(), "another process serves it") {
		t.Errorf("a second server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	dead, err := new(net.ListenConfig).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false) // as a process that was killed
	_ = dead.Close()
	s, err := listenUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// What is not a socket is never removed, and no link is followed, not even one
// to a socket or to nothing.
func TestWhatIsNoSocketIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, path("file"), "precious")
	other, err := new(net.ListenConfig).Listen(t.Context(), "unix", path("other"))
	if err != nil {
		t.Fatal(err)
	}
	other.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = other.Close()
	for link, to := range map[string]string{"to-file": "file", "to-socket": "other", "to-nothing": "nothing"} {
		if err := os.Symlink(path(to), path(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"file", "to-file", "to-socket", "to-nothing", "."} {
		if s, err := listenUnix(t.Context(), path(name)); err == nil {
			t.Errorf("listens at %s", name)
			_ = s.Close()
		}
		if CheckSocket(path(name)) == nil {
			t.Errorf("nothing is wrong with %s", name)
		}
	}
	if text, err := os.ReadFile(path("file")); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 5 {
		t.Errorf("%v, %v", left, err)
	}
}

// A server that ends does not take away the socket of the one that followed it.
func TestAnothersSocketIsNotRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := listenUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := listenUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second one's socket: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the second ended: %v", err)
	}
}
