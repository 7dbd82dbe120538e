package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cleaner/internal/queue"
)

func TestParse(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:/var/lib/q.db": "/var/lib/q.db", "sqlite:q.db": "q.db", "sqlite:a?b#c": "a?b#c", "sqlite:a b/q.db": "a b/q.db", "sqlite:q~": "q~",
	} {
		l, err := Parse(url)
		if err != nil || l.Path() != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", url, l.Path(), err, want)
		}
	}
	for _, url := range []string{"", "sqlite:", "sqlite://a/b", "sqlite:///var/lib/q.db", "sqlite:/var/lib/", "/var/lib/q.db", "sqlite: /var/lib/q.db", "sqlite:q.db\n", "sqlite:q.db ", "sqlite:a\nb", "sqlite:a\x00b", "sqlite:~/q.db", "sqlite:~", "mysql:x", "redis://:hunter2@host", "SQLITE:x"} {
		_, err := Parse(url)
		if err == nil || !strings.Contains(err.Error(), "sqlite:PATH") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Parse(%q) = %v, want an error without the URL that says what it must be", url, err)
		}
	}
}

// at is a location in an empty folder.
func at(t *testing.T) Location {
	t.Helper()
	l, err := Parse("sqlite:" + filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A ledger that was never made is empty and held by nobody, and looking makes none.
func TestNoLedger(t *testing.T) {
	l := at(t)
	looked := func(queue.Reader) error { t.Error("there is something to look at"); return nil }
	if err := l.Look(t.Context(), looked); err != nil {
		t.Errorf("Look: %v", err)
	}
	if c, err := l.Counts(t.Context()); err != nil || c != (queue.Counts{}) {
		t.Errorf("Counts = %+v, %v", c, err)
	}
	if held, err := l.Holder(); err != nil || held != nil {
		t.Errorf("Holder = %v, %v", held, err)
	}
	if err := l.Check(); err != nil || l.Exists() {
		t.Errorf("Check = %v, Exists = %v", err, l.Exists())
	}
}

// A ledger is worked with by one process, and others can look and see who it is.
func TestOpen(t *testing.T) {
	l := at(t)
	q, err := l.Open(t.Context(), Options{Command: "run"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Load(t.Context(), queue.Batch{Name: "a"}, func(yield func(string, error) bool) { yield("x", nil) }); err != nil {
		t.Fatal(err)
	}
	other, err := l.Open(context.Background(), Options{})
	locked, ok := errors.AsType[*queue.LockedError](err)
	if !ok || other != nil {
		t.Fatalf("the second Open = %v, %v", other, err)
	}
	held, err := l.Holder()
	if err != nil || held == nil || *held != *locked || held.Holder.PID != os.Getpid() || held.Holder.Command != "run" {
		t.Errorf("Holder = %+v, %v, want %+v", held, err, locked)
	}
	if c, err := l.Counts(t.Context()); err != nil || c.Pending != 1 || !l.Exists() {
		t.Errorf("Counts = %+v, %v", c, err)
	}
	failed := errors.New("failed")
	if err := l.Look(t.Context(), func(queue.Reader) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("Look = %v", err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// A rehearsal leaves the ledger as it was.
func TestRehearse(t *testing.T) {
	l := at(t)
	q, err := l.Open(t.Context(), Options{Rehearse: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Load(t.Context(), queue.Batch{Name: "a"}, func(yield func(string, error) bool) { yield("x", nil) }); err != nil {
		t.Error(err)
	}
	if err := q.Close(); err != nil || l.Exists() {
		t.Errorf("Close = %v, and the ledger exists: %v", err, l.Exists())
	}
}

// TestCheck: what Open would refuse is found before anything is opened, and nothing is
// made. What only other users are refused, deploy/systemd/prove tries.
func TestCheck(t *testing.T) {
	for name, row := range map[string]struct {
		make func(path string) error
		want string
	}{
		"a folder":  {func(path string) error { return os.Mkdir(path, 0o700) }, "not a regular file"},
		"a link":    {func(path string) error { return os.Symlink("/dev/null", path) }, "symbolic link"},
		"two names": {func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Link(path, path+".2")) }, "hard link"},
		"below a file": {func(path string) error {
			return errors.Join(os.Remove(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, "not a directory"},
		"no folder yet":      {func(path string) error { return os.Remove(filepath.Dir(path)) }, ""},
		"no ledger yet":      {func(string) error { return nil }, ""},
		"an empty file":      {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "is empty"},
		"a log alone":        {func(path string) error { return os.WriteFile(path+"-wal", []byte("text"), 0o600) }, "log"},
		"a file of anything": {func(path string) error { return os.WriteFile(path, []byte("text"), 0o600) }, ""}, // only opening tells
	} {
		l := at(t)
		if err := row.make(l.Path()); err != nil {
			t.Fatal(err)
		}
		before, _ := filepath.Glob(l.Folder() + "/*")
		err := l.Check()
		if (err == nil) != (row.want == "") || err != nil && (!strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), l.Folder())) {
			t.Errorf("%s: Check = %v, want %q", name, err, row.want)
		}
		if after, _ := filepath.Glob(l.Folder() + "/*"); !slices.Equal(after, before) {
			t.Errorf("%s: Check has left %v", name, after)
		}
	}
}

// All files beside a ledger are listed, those of a ledger at work included.
func TestBeside(t *testing.T) {
	l := at(t)
	q, err := l.Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	listed := l.Beside()
	for _, path := range []string{l.Rejects(), l.Schedule(), l.Refused(), l.RefusedKey()} {
		if !slices.Contains(listed, path) || filepath.Dir(path) != l.Folder() {
			t.Errorf("%s is not listed", path)
		}
	}
	files, err := filepath.Glob(l.Path() + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, path := range files {
		if path != l.Path() && !slices.Contains(listed, path) {
			t.Errorf("%s is not listed", path)
		}
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// TestLogWithoutItsLedger: when only the log of a ledger is left, the error says that its
// ledger is missing; it does not say that there never was one.
func TestLogWithoutItsLedger(t *testing.T) {
	for _, suffix := range []string{"-wal", "-journal"} {
		path := filepath.Join(t.TempDir(), "queue.db")
		at, err := Parse("sqlite:" + path)
		if err != nil {
			t.Fatal(err)
		}
		if at.Exists() {
			t.Error("nothing is there, and it exists")
		}
		if err := os.WriteFile(path+suffix, []byte("what was written last"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := at.Counts(t.Context()); !at.Exists() || err == nil || !strings.Contains(err.Error(), "the file is missing, and its log "+path+suffix) {
			t.Errorf("%s alone: exists %v, error %v", suffix, at.Exists(), err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("looking has made a ledger")
		}
	}
}
