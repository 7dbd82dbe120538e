package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// ledgerPath is where a test has its ledger.
func ledgerPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "state", "ledger.db")
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	for name, want := range map[string]fs.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
}

// SQLite takes a file name for a URI and reads meaning into some bytes.
func TestOpenPathsOfAnyForm(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{
		"ledger.db", "a b.db", "a?mode=memory.db", "a#b.db", "a%20b.db", "sub/dir/ü.db", "file:x.db", ":memory:", "-x",
	} {
		t.Run(path, func(t *testing.T) {
			l := open(t, path, Options{})
			load(t, l, "a", 1, randomIDs(1, 1))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, path, Options{})
			take(t, l, 1)
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("the ledger is not at %s: %v", path, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"a newer ledger", func(t *testing.T, path string) {
			makeDatabase(t, path, "PRAGMA application_id = 0x636c6e72; PRAGMA user_version = 99; CREATE TABLE x (y)")
		}, "newer cleaner"},
		{"another application's database", func(t *testing.T, path string) {
			makeDatabase(t, path, "PRAGMA application_id = 7; CREATE TABLE x (y)")
		}, "another application"},
		{"a database of nobody's", func(t *testing.T, path string) {
			makeDatabase(t, path, "CREATE TABLE x (y)")
		}, "another application"},
		{"no database", func(t *testing.T, path string) {
			writeFile(t, path, strings.Repeat("0123456789abcdef0123456789abcdef\n", 100))
		}, "not a ledger"},
		{"an empty file", func(t *testing.T, path string) { writeFile(t, path, "") }, "the file is empty"},
		{"a database without tables", func(t *testing.T, path string) {
			makeDatabase(t, path, "PRAGMA user_version = 1; PRAGMA user_version = 0")
		}, "without tables"},
		{"a log without its file", func(t *testing.T, path string) { writeFile(t, path+"-wal", "frames") }, "-wal is there"},
		{"a journal without its file", func(t *testing.T, path string) { writeFile(t, path+"-journal", "pages") }, "-journal is there"},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not a regular file"},
		{"a symbolic link", func(t *testing.T, path string) {
			if err := os.Symlink(path+".real", path); err != nil {
				t.Fatal(err)
			}
		}, "symbolic link"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			row.make(t, path)
			before, _ := os.ReadFile(path)
			for _, o := range []Options{{}, {Rehearse: true}} {
				if l, err := Open(t.Context(), path, o); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("Open = %v, %v, want an error about %q", l, err, row.want)
				}
			}
			if r, err := OpenReader(t.Context(), path); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("OpenReader = %v, %v, want an error about %q", r, err, row.want)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
			if held, err := HolderOf(path); held != nil || err != nil {
				t.Errorf("HolderOf = %v, %v after a failure", held, err)
			}
		})
	}
}

// makeDatabase makes an SQLite file by other means.
func makeDatabase(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An older schema is brought up to date step by step, and a step that fails
// leaves the file at the version it had.
func TestMigrate(t *testing.T) {
	s, err := openStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	newest := len(migrations())
	steps := append(migrations(), "CREATE TABLE later (x)", "INSERT INTO nowhere VALUES (1)")
	version := func() int {
		v, err := s.identify(t.Context(), len(steps))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, row := range []struct{ steps, want int }{
		{1, 1}, {newest, newest}, {newest + 1, newest + 1}, {newest + 2, newest + 1}, {newest + 1, newest + 1},
	} {
		err := s.migrate(t.Context(), version(), steps[:row.steps])
		if failed := err != nil; failed != (row.steps == newest+2) {
			t.Errorf("to %d: %v", row.steps, err)
		}
		if got := version(); got != row.want {
			t.Errorf("to %d: version is %d, want %d", row.steps, got, row.want)
		}
	}
	if _, err := s.identify(t.Context(), 1); !errors.Is(err, errNewer) {
		t.Errorf("an older cleaner opens it: %v", err)
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, ledgerPath(t), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v", err)
	}
}

func TestMethodsAfterClose(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	p, err := l.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, begin := l.Begin(t.Context(), "")
	_, totals := p.Totals(t.Context())
	_, counts := l.Counts(t.Context())
	_, requeue := l.Requeue(t.Context(), queue.Filter{})
	_, forget := l.Forget(t.Context(), 0)
	_, sample := p.Sample(t.Context(), 1, time.Now())
	_, recall := l.Recall(t.Context(), "k")
	for name, err := range map[string]error{
		"Sample": sample, "Recall": recall, "Remember": l.Remember(t.Context(), "k", []byte("v")),
		"Counts": counts, "Requeue": requeue, "Forget": forget,
		"Check": l.Check(t.Context()), "Settle": p.Settle(t.Context(), nil),
		"Begin": begin, "Totals": totals, "Note": p.Note(t.Context(), ""), "End": p.End(t.Context()),
	} {
		if !errors.Is(err, queue.ErrClosed) {
			t.Errorf("%s = %v, want ErrClosed", name, err)
		}
	}
	for _, err := range l.Dead(t.Context(), queue.Filter{}) {
		if !errors.Is(err, queue.ErrClosed) {
			t.Errorf("Dead yields %v, want ErrClosed", err)
		}
	}
}
