package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/sim"
)

// The files of a pass with every output, by their names in the stage's folder.
// SQLite has the last three only while the ledger is open, or after a crash.
var (
	lastingFiles  = []string{"report.json", "results.jsonl", "state/queue.db", "state/queue.db.lock", "state/queue.db.rejects.jsonl"}
	passingFiles  = []string{"state/queue.db-wal", "state/queue.db-shm"}
	everyFileName = append(append([]string{"state/queue.db-journal"}, lastingFiles...), passingFiles...)
)

// everyOutput makes a pass over n IDs and a line that is rejected, with every
// output there is.
func everyOutput(st *stage, n int) (code int, stderr string) {
	st.Helper()
	st.set("safety.invalid_share", 0.9)
	ids := strings.Join(st.ids(n), "\n")
	tasks := st.write("tasks.txt", ids+"\nno task ID\n")
	code, _, stderr = st.cleaner("run", "--ids", tasks, "--report", st.path("report.json"), "--results", st.path("results.jsonl"))
	return code, stderr
}

// openUmask lets files be made as public as the program asks for.
func openUmask(t *testing.T) {
	t.Helper()
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
}

// modes returns the mode of each of the files, which must be there.
func (st *stage) modes(names []string) map[string]fs.FileMode {
	st.Helper()
	modes := map[string]fs.FileMode{}
	for _, name := range names {
		info, err := os.Lstat(st.path(name))
		if err != nil {
			st.Fatal(err)
		}
		modes[name] = info.Mode()
	}
	return modes
}

// TestFilesArePrivate: whatever the umask, nobody else may read a file of a pass.
func TestFilesArePrivate(t *testing.T) {
	openUmask(t)
	st := newStage(t, sim.Options{})
	if code, stderr := everyOutput(st, 3); code != exitOK {
		t.Fatalf("code %d: %s", code, stderr)
	}
	q, err := sqlite.Open(t.Context(), st.path("state/queue.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Forget(t.Context(), 0) // writes, so that the log is there
	st.want("error", err, nil)
	for name, mode := range st.modes(append(lastingFiles, passingFiles...)) {
		st.want("mode of "+name, mode, fs.FileMode(0o600))
	}
	st.want("mode of the directory", st.modes([]string{"state"})["state"], 0o700|fs.ModeDir)
	st.want("error", q.Close(), nil)
	// And there is no other file of cleaner's: the rest was there before the pass.
	before := map[string]bool{"cleaner.yaml": true, "password": true, "tasks.txt": true}
	err = filepath.WalkDir(st.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(st.dir, path)
		for _, known := range lastingFiles {
			before[known] = true
		}
		st.want(name+" is known", before[name], true)
		return err
	})
	st.want("error", err, nil)
}

// TestFilesAreNoLinks: a symbolic link that somebody has put in a file's place
// lets cleaner write into no other file.
func TestFilesAreNoLinks(t *testing.T) {
	for _, name := range everyFileName {
		for _, text := range []string{"no file", "", "precious"} {
			t.Run(name+" to "+text, func(t *testing.T) {
				st := newStage(t, sim.Options{})
				st.want("error", os.Mkdir(st.path("state"), 0o700), nil)
				victim := st.write("victim", text)
				if text == "no file" {
					st.want("error", os.Remove(victim), nil)
				}
				if err := os.Symlink(victim, st.path(name)); err != nil {
					t.Fatal(err)
				}
				code, stderr := everyOutput(st, 3)
				left, err := os.ReadFile(victim)
				if text == "no file" {
					st.want("is not there", errors.Is(err, fs.ErrNotExist), true)
				} else {
					st.want("the other file", string(left), text)
					st.want("error", err, nil)
				}
				info, err := os.Lstat(st.path(name))
				switch {
				case errors.Is(err, fs.ErrNotExist):
					// SQLite takes away a log that is none.
				case err != nil:
					t.Error(err)
				case code == exitOK:
					// It was replaced, as a report is.
					st.want("mode of "+name, info.Mode(), fs.FileMode(0o600))
				case !strings.Contains(stderr, "state/queue.db") && !strings.Contains(stderr, name):
					t.Errorf("code %d, and the file is not named: %s", code, stderr)
				}
			})
		}
	}
}

// TestFilesAreNarrowed: a file that was public when cleaner found it is private
// afterwards, or was refused.
func TestFilesAreNarrowed(t *testing.T) {
	for _, name := range lastingFiles {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			if code, stderr := everyOutput(st, 3); code != exitOK {
				t.Fatalf("code %d: %s", code, stderr)
			}
			if err := os.Chmod(st.path(name), 0o666); err != nil {
				t.Fatal(err)
			}
			code, stderr := everyOutput(st, 6) // three of them are new
			if mode := st.modes([]string{name})[name]; mode != 0o600 && code == exitOK {
				t.Errorf("mode %v, code %d: %s", mode, code, stderr)
			}
		})
	}
}

// TestReportIntoNoFile: a report to what is no file leaves it in its place.
func TestReportIntoNoFile(t *testing.T) {
	st := newStage(t, sim.Options{})
	if err := syscall.Mkfifo(st.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, err := os.ReadFile(st.path("pipe"))
		if err != nil {
			t.Error(err)
		}
		read <- string(text)
	}()
	st.ids(1)
	if code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--report", st.path("pipe")); code != exitOK {
		t.Fatalf("code %d: %s", code, stderr)
	}
	if text := <-read; !strings.Contains(text, `"deleted": 1`) {
		t.Errorf("the pipe got %q", text)
	}
}
