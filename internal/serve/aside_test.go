package serve

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// meanwhile is a ledger that takes all IDs in, and lets something happen before or after.
type meanwhile struct {
	before, after func()
	ids           []string
}

func (m *meanwhile) Load(_ context.Context, _ queue.Batch, ids iter.Seq2[string, error]) (queue.Loaded, error) {
	if m.before != nil {
		m.before()
	}
	for id, err := range ids {
		if err != nil {
			return queue.Loaded{}, err
		}
		m.ids = append(m.ids, id)
	}
	if m.after != nil {
		m.after()
	}
	return queue.Loaded{New: int64(len(m.ids))}, nil
}

// spoolIn is a spool with one file of that text, found.
func spoolIn(t *testing.T, text string) (*spool, spoolFile, *observer.ObservedLogs) {
	t.Helper()
	dir := t.TempDir()
	core, logs := observer.New(zap.DebugLevel)
	s := &spool{dir: dir, log: zap.New(core)}
	path := filepath.Join(dir, "ids.txt")
	put(t, path, text)
	all := s.inputs(t.Context(), func(path string) pass.File { return pass.File{Path: path} })
	if len(all) != 1 {
		t.Fatalf("%d files are found", len(all))
	}
	return s, all[0].(spoolFile), logs
}

// put writes a file that looks as if it was left alone for an hour.
func put(t *testing.T, path, text string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, then, then)); err != nil {
		t.Fatal(err)
	}
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// TestWhatIsReadIsMoved: the file that was read is moved aside within its load. What is
// at its path by then and is another, or has changed, stays, whatever came of the load.
func TestWhatIsReadIsMoved(t *testing.T) {
	good, bad, next := "a1\na2\n", "no task ID\n", "b1\nb2\n"
	over := func(path string) error { // another list is renamed over it, with the same size and time
		put := errors.Join(os.WriteFile(path+".new", []byte(next), 0o600), os.Chtimes(path+".new", time.Time{}, mtime(path)))
		return errors.Join(put, os.Rename(path+".new", path))
	}
	appended := func(path string) error {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("a3\n")
		return errors.Join(err, f.Close())
	}
	linked := func(path string) error {
		return errors.Join(os.Rename(path, path+".else"), os.Symlink(path+".else", path))
	}
	tests := []struct {
		name          string
		text          string
		before, after func(path string) error
		loaded        bool
		unready       bool
		stays         string // what is at the path at the end
		done, refused string
	}{
		{name: "nothing happens", text: good, loaded: true, done: good},
		{name: "nothing happens to a bad one", text: bad, refused: bad},
		{name: "another comes while it is read", text: good, before: over, loaded: true, stays: next},
		{name: "another comes when it is read", text: good, after: over, loaded: true, stays: next},
		{name: "another comes in place of a bad one", text: bad, before: over, unready: true, stays: next},
		{name: "it grows while it is read", text: good, before: appended, unready: true, stays: good + "a3\n"},
		{name: "it grows when it is read", text: good, after: appended, loaded: true, stays: good + "a3\n"},
		{name: "a bad one grows", text: bad, before: appended, unready: true, stays: bad + "a3\n"},
		{name: "it is taken back", text: good, after: os.Remove, loaded: true},
		{name: "a bad one is taken back", text: bad, before: os.Remove, unready: true},
		{name: "it becomes a link to itself", text: good, after: linked, loaded: true, stays: good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, f, _ := spoolIn(t, tt.text)
			happens := func(what func(string) error) func() {
				return func() {
					if what != nil && what(f.Path) != nil {
						t.Error("it did not happen")
					}
				}
			}
			f.Check = func(id string) error {
				if strings.Contains(id, " ") {
					return errors.New("a space in it")
				}
				return nil
			}
			_, err := f.Load(t.Context(), &meanwhile{before: happens(tt.before), after: happens(tt.after)})
			_, unready := errors.AsType[*pass.UnreadyError](err)
			if (err == nil) != tt.loaded || unready != tt.unready {
				t.Errorf("Load: %v", err)
			}
			for path, want := range map[string]string{"ids.txt": tt.stays, "done/ids.txt": tt.done, "refused/ids.txt": tt.refused} {
				if got := textOf(t, filepath.Join(s.dir, path)); got != want {
					t.Errorf("%s holds %q, want %q", path, got, want)
				}
			}
			if note := textOf(t, filepath.Join(s.dir, "refused/ids.txt.error.txt")); (note != "") != (tt.refused != "") {
				t.Errorf("the note is %q", note)
			}
		})
	}
}

// mtime is the time of the last change of a file.
func mtime(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// TestAnotherBeforeItIsOpened: what has taken the place of a file that was found is for
// the next pass, even a pipe, which is not opened for long.
func TestAnotherBeforeItIsOpened(t *testing.T) {
	for name, in := range map[string]func(path string) error{
		"a file":  func(path string) error { return os.WriteFile(path, []byte("b1\n"), 0o600) },
		"a pipe":  func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"nothing": func(string) error { return nil },
	} {
		s, f, _ := spoolIn(t, "a1\n")
		if err := errors.Join(os.Remove(f.Path), in(f.Path)); err != nil {
			t.Fatal(err)
		}
		m := &meanwhile{}
		_, err := f.Load(t.Context(), m)
		if _, unready := errors.AsType[*pass.UnreadyError](err); !unready || len(m.ids) > 0 || len(s.done) > 0 {
			t.Errorf("%s: %v, loaded %q", name, err, m.ids)
		}
		if exists(f.Path) != (name != "nothing") || exists(filepath.Join(s.dir, "refused")) {
			t.Errorf("%s is moved", name)
		}
	}
}

// TestPutBack: a file that was taken by mistake is put back where it was, or beside what
// is there by now, which stays.
func TestPutBack(t *testing.T) {
	dir := t.TempDir()
	path, taken := filepath.Join(dir, "ids.txt"), filepath.Join(dir, "taken")
	for _, want := range []string{"ids.txt", "ids.txt.1", "ids.txt.2"} {
		put(t, taken, want)
		if err := putBack(taken, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"ids.txt", "ids.txt.1", "ids.txt.2"} {
		if got := textOf(t, filepath.Join(dir, want)); got != want {
			t.Errorf("%s holds %q", want, got)
		}
	}
	if exists(taken) {
		t.Error("it is still there")
	}
}

// TestDoneElsewhere: done may lead to another file system.
func TestDoneElsewhere(t *testing.T) {
	elsewhere, err := os.MkdirTemp("/dev/shm", "cleaner")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(elsewhere) })
	s, f, _ := spoolIn(t, "a1\n")
	if err := os.Symlink(elsewhere, filepath.Join(s.dir, "done")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load(t.Context(), &meanwhile{}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("in the spool are %v, %v", left, err)
	}
	if got := textOf(t, filepath.Join(elsewhere, "ids.txt")); got != "a1\n" || len(s.done) != 1 {
		t.Errorf("done holds %q, %q", got, s.done)
	}
}

// TestCarryAway is what TestDoneElsewhere comes to where there is another file system.
func TestCarryAway(t *testing.T) {
	s, f, _ := spoolIn(t, "a1\n")
	to := filepath.Join(t.TempDir(), "ids.txt")
	if err := moveAcross(f.Path, to, f.Same); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 0 || textOf(t, to) != "a1\n" {
		t.Errorf("left is %v, %v; there is %q", left, err, textOf(t, to))
	}
	_, f, _ = spoolIn(t, "a1\n")
	if err := moveAcross(f.Path, filepath.Join(to, "no folder"), f.Same); err == nil || textOf(t, f.Path) != "a1\n" {
		t.Errorf("%v, and at the path is %q", err, textOf(t, f.Path))
	}
}

// TestMoveIsRefused: a file that cannot be moved stays as it is, and it is told.
func TestMoveIsRefused(t *testing.T) {
	s, f, logs := spoolIn(t, "a1\n")
	put(t, filepath.Join(s.dir, "done"), "no folder")
	if _, err := f.Load(t.Context(), &meanwhile{}); err != nil {
		t.Fatal(err)
	}
	if textOf(t, f.Path) != "a1\n" || logs.FilterMessageSnippet("cannot be moved aside").Len() != 1 {
		t.Errorf("the log says %v", logs.All())
	}
	failing := func(io.Writer) error { return errors.New("a full disk") }
	if _, err := (aside{"refused", reasonSuffix}).move(f.Path, f.Same, failing); err == nil || textOf(t, f.Path) != "a1\n" {
		t.Errorf("move without its note: %v", err)
	}
}

// TestQuietFiles: a file is loaded when it was left alone for a while, for which a pass waits
// once; what goes on being written is left, and it is told.
func TestQuietFiles(t *testing.T) {
	tests := []struct {
		name  string
		age   time.Duration // by the clock, when the pass looks
		write bool          // somebody goes on writing
		found bool
		waits time.Duration
	}{
		{"an old one", time.Hour, false, true, 0},
		{"one of three seconds", source.Quiet, false, true, 0},
		{"a young one", time.Second, false, true, source.Quiet},
		{"one that is being written", time.Second, true, false, source.Quiet},
		{"one by a clock that is ahead", -time.Hour, false, true, source.Quiet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				core, logs := observer.New(zap.DebugLevel)
				s := &spool{dir: dir, log: zap.New(core)}
				path := filepath.Join(dir, "ids.txt")
				put(t, path, "a1\n")
				touch := func(at time.Time) {
					if err := os.Chtimes(path, at, at); err != nil {
						t.Error(err)
					}
				}
				touch(time.Now().Add(-tt.age))
				if tt.write {
					go func() { time.Sleep(2 * time.Second); touch(time.Now()) }()
				}
				start := time.Now()
				found, err := s.quiet(t.Context())
				if (len(found) == 1) != tt.found || err != nil {
					t.Errorf("found %v, %v", found, err)
				}
				if waited := time.Since(start); waited != tt.waits {
					t.Errorf("it waited for %v, want %v", waited, tt.waits)
				}
				if told := logs.FilterMessageSnippet("somebody is writing it").Len() == 1; told == tt.found {
					t.Errorf("it is told: %v", told)
				}
			})
		})
	}
}
