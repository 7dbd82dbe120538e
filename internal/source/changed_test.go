package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writeList writes a list and returns its path.
func writeList(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// appender opens a file to write more to it.
func appender(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// add writes a line more.
func add(t *testing.T, f *os.File) {
	t.Helper()
	if _, err := f.WriteString("d4\n"); err != nil {
		t.Error(err)
	}
}

// TestOpenForWriting: of a file that a process has open for writing, nobody knows whether
// it is whole, also when nothing is written just now and all of it is old.
func TestOpenForWriting(t *testing.T) {
	path := writeList(t, "a1\nb2\n")
	w := appender(t, path)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	for name, open := range map[string]func() error{
		"a file":         func() error { _, err := Open(t.Context(), path, Options{}); return err },
		"standard input": func() error { _, err := Open(t.Context(), Stdin, Options{Stdin: stdin}); return err },
		"a dry run":      func() error { _, err := Keep(t.Context(), path, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			err := open()
			if changed, ok := errors.AsType[*ChangedError](err); !ok || !changed.Open || MachineFault(err) {
				t.Errorf("error is %v, want that it is open for writing", err)
			}
		})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readPath(t, path, Options{}); got.err != nil || !cmp.Equal(got.ids, []string{"a1", "b2"}) {
		t.Errorf("when it is closed: IDs %v, error %v", got.ids, got.err)
	}
}

// TestWriterCloses: a writer that closes the file soon is waited for, and then the file is
// read with what that has written last.
func TestWriterCloses(t *testing.T) {
	path := writeList(t, "a1\n")
	synctest.Test(t, func(t *testing.T) {
		w := appender(t, path)
		time.AfterFunc(patience/2, func() {
			add(t, w)
			_ = w.Close()
		})
		if got := readPath(t, path, Options{}); got.err != nil || !cmp.Equal(got.ids, []string{"a1", "d4"}) {
			t.Errorf("IDs %v, error %v", got.ids, got.err)
		}
	})
}

// TestSettle: where the system does not tell who writes, a file is read when it was left
// alone for three seconds.
func TestSettle(t *testing.T) {
	const soon = 100 * time.Millisecond
	for _, row := range []struct {
		name    string
		age     time.Duration // when it was changed last
		writes  time.Duration // when somebody writes again; 0 nobody does
		watched bool
		want    error
		waits   time.Duration
	}{
		{"an old file", time.Hour, 0, false, nil, 0},
		{"a young one", time.Second, 0, false, nil, Quiet - time.Second},
		{"a young one that was watched", 0, 0, true, nil, tick},
		{"one by a clock that is ahead", -time.Hour, 0, false, nil, Quiet},
		{"one that is written again", time.Second, soon, false, nil, Quiet + soon},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := writeList(t, "a1\n")
			synctest.Test(t, func(t *testing.T) {
				touch := func(at time.Time) {
					if err := os.Chtimes(path, at, at); err != nil {
						t.Error(err)
					}
				}
				start := time.Now()
				touch(start.Add(-row.age))
				s := untold(t, path)
				if row.writes > 0 {
					time.AfterFunc(row.writes, func() { touch(start.Add(row.writes)) })
				}
				if err := s.settle(t.Context(), row.watched); !errors.Is(err, row.want) {
					t.Errorf("error is %v, want %v", err, row.want)
				}
				if took := time.Since(start); took != row.waits {
					t.Errorf("it took %v, want %v", took, row.waits)
				}
			})
		})
	}
}

// TestNeverSettles: a file that is written again and again is not read.
func TestNeverSettles(t *testing.T) {
	path := writeList(t, "a1\n")
	synctest.Test(t, func(t *testing.T) {
		s := untold(t, path)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		w := appender(t, path)
		go func() {
			for range 10 {
				<-ticker.C
				add(t, w)
			}
		}()
		start := time.Now()
		if err := s.settle(t.Context(), false); !isChanged(err) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took > 2*Quiet {
			t.Errorf("it took %v", took)
		}
		<-time.After(20 * time.Second) // until the last was written
	})
}

// untold is the still of a file of which the system does not tell who writes it.
func untold(t *testing.T, path string) *still {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return &still{f, info, func(*os.File) (open, known bool) { return false, false }}
}

// isChanged reports whether err says that a file changed.
func isChanged(err error) bool {
	_, ok := errors.AsType[*ChangedError](err)
	return ok
}

// TestWaysOfSaving: a file that is saved anew while it is read is loaded as it was before,
// or not at all.
func TestWaysOfSaving(t *testing.T) {
	for _, row := range []struct {
		name  string
		save  func(t *testing.T, path string) error
		whole bool // what was there before is what was read
	}{
		{"appended to", func(t *testing.T, path string) error {
			w := appender(t, path)
			add(t, w)
			return w.Close()
		}, false},
		{"appended to and still open", func(t *testing.T, path string) error {
			add(t, appender(t, path))
			return nil
		}, false},
		{"written in place", func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte("e5\n"), 0o600)
		}, false},
		{"written in place with as many bytes", func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte("a1\nb2\nc4\n"), 0o600)
		}, false},
		{"truncated", func(_ *testing.T, path string) error { return os.Truncate(path, 3) }, false},
		{"touched", func(_ *testing.T, path string) error {
			return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour))
		}, false},
		{"renamed over", func(_ *testing.T, path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte("e5\n"), 0o600), os.Rename(path+".new", path))
		}, true},
		{"moved away and made anew", func(_ *testing.T, path string) error {
			return errors.Join(os.Rename(path, path+"~"), os.WriteFile(path, []byte("e5\n"), 0o600))
		}, true},
		{"removed", func(_ *testing.T, path string) error { return os.Remove(path) }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := writeList(t, "a1\nb2\nc3\n")
			s, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			var ids []string
			var last error
			for id, err := range s.IDs() {
				if id == "a1" {
					if err := row.save(t, path); err != nil {
						t.Fatal(err)
					}
				}
				if last = err; err == nil {
					ids = append(ids, id)
				}
			}
			switch {
			case row.whole && (last != nil || !cmp.Equal(ids, []string{"a1", "b2", "c3"})):
				t.Errorf("IDs %v, error %v, want what was there before", ids, last)
			case !row.whole && (!isChanged(last) || !strings.Contains(last.Error(), "changed while it was read")):
				t.Errorf("error is %v", last)
			}
		})
	}
}
