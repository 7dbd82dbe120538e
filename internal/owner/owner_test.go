package owner

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestHeir: only what root made anew in somebody else's folder is given away.
func TestHeir(t *testing.T) {
	user := syscall.Stat_t{Uid: 990, Gid: 991, Nlink: 2}
	for name, row := range map[string]struct {
		made, folder syscall.Stat_t
		regular      bool
		given        bool
	}{
		"root's file in a user's folder": {syscall.Stat_t{Nlink: 1}, user, true, true},
		"in a folder of root's":          {syscall.Stat_t{Nlink: 1}, syscall.Stat_t{}, true, false},
		"a file that was there before":   {syscall.Stat_t{Uid: 990, Nlink: 1}, user, true, false},
		"of a third user":                {syscall.Stat_t{Uid: 7, Nlink: 1}, user, true, false},
		"with a second name":             {syscall.Stat_t{Nlink: 2}, user, true, false}, // the user may have linked a file of root's
		"a pipe or a device":             {syscall.Stat_t{Nlink: 1}, user, false, false},
	} {
		uid, gid, given := heir(row.made, row.folder, row.regular)
		if given != row.given || given && (uid != 990 || gid != 991) {
			t.Errorf("%s: given %v to %d:%d", name, given, uid, gid)
		}
	}
}

// TestKeep: in a folder of one's own nothing changes, and folders are made. As root, what
// is made in a user's folder is the user's; deploy/systemd/prove tries that too.
func TestKeep(t *testing.T) {
	home := t.TempDir()
	want := os.Geteuid()
	if want == 0 {
		want = 65534
		if err := os.Chown(home, want, want); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(home, "a", "b")
	if err := MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := MkdirAll(folder, 0o700); err != nil {
		t.Errorf("again: %v", err)
	}
	f, err := os.Create(filepath.Join(folder, "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Keep(f); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Dir(folder), folder, f.Name()} {
		info, err := os.Stat(path)
		if err != nil || int(statOf(info).Uid) != want {
			t.Errorf("%s belongs to %d, %v, want %d", path, statOf(info).Uid, err, want)
		}
	}
	if err := MkdirAll(filepath.Join(f.Name(), "below"), 0o700); err == nil {
		t.Error("a folder was made below a file")
	}
}
