package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// TestReplacedLedger: whatever becomes of the ledger's file or its lock while a process
// works, the process lends nothing more. What it was lent before it can still settle.
func TestReplacedLedger(t *testing.T) {
	for name, row := range map[string]struct {
		do   func(path string) error
		want string
	}{
		"moved away": {func(path string) error { return os.Rename(path, path+".old") }, "moved away"},
		"removed":    {os.Remove, "moved away or removed"},
		"replaced": {func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		}, "replaced by another file"},
		"folder moved away": {func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+".old") }, "moved away"},
		"second name":       {func(path string) error { return os.Link(path, path+".copy") }, "hard link"},
		"lock removed":      {func(path string) error { return os.Remove(path + ".lock") }, "lock"},
		"lock replaced": {func(path string) error {
			return errors.Join(os.Remove(path+".lock"), os.WriteFile(path+".lock", nil, 0o600))
		}, "lock"},
	} {
		t.Run(name, func(t *testing.T) {
			path := ledgerPath(t)
			l := open(t, path, Options{})
			load(t, l, "a", 10, randomIDs(10, 1))
			p, err := l.Begin(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			ds, _, err := p.Take(t.Context(), 2, time.Now())
			if err != nil || len(ds) != 2 {
				t.Fatalf("Take = %v, %v", ds, err)
			}
			if err := row.do(path); err != nil {
				t.Fatal(err)
			}
			if ds, _, err := p.Take(t.Context(), 2, time.Now()); err == nil || len(ds) > 0 || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Take = %v, %v, want an error with %q", ds, err, row.want)
			}
			if ds, _, err := p.TakeWaiting(t.Context(), 2, time.Now()); err == nil || len(ds) > 0 {
				t.Errorf("TakeWaiting = %v, %v", ds, err)
			}
			if ds, err := p.Sample(t.Context(), 2, time.Now()); err == nil || len(ds) > 0 {
				t.Errorf("Sample = %v, %v", ds, err)
			}
			o := queue.Outcome{Delivery: ds[0], State: queue.Deleted, At: time.Now()}
			if err := p.Settle(t.Context(), []queue.Outcome{o}); err != nil {
				t.Errorf("Settle: %v", err)
			}
		})
	}
}

// TestLinkedLedger: a file with two names is refused under both, also for looking.
func TestLinkedLedger(t *testing.T) {
	path := ledgerPath(t)
	if err := open(t, path, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, path+".copy"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".copy"} {
		if _, err := Open(t.Context(), name, Options{}); !errors.Is(err, errLinked) {
			t.Errorf("Open(%s) = %v", name, err)
		}
		if _, err := Open(t.Context(), name, Options{Rehearse: true}); !errors.Is(err, errLinked) {
			t.Errorf("Open(%s) for a rehearsal = %v", name, err)
		}
		if _, err := OpenReader(t.Context(), name); !errors.Is(err, errLinked) {
			t.Errorf("OpenReader(%s) = %v", name, err)
		}
	}
}

// TestLostLockIsNotAnothers: who closes a ledger whose lock was replaced leaves the name
// in the new one.
func TestLostLockIsNotAnothers(t *testing.T) {
	path := ledgerPath(t)
	first := open(t, path, Options{Command: "first"})
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	open(t, path, Options{Command: "second"})
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if held, err := HolderOf(path); err != nil || held == nil || held.Holder.Command != "second" {
		t.Errorf("HolderOf = %v, %v", held, err)
	}
}

// TestLooksKeepTheirLocks: opening a ledger for work does not drop the locks that a
// reader of the same process has on the file, as opening and closing it outside SQLite
// would.
func TestLooksKeepTheirLocks(t *testing.T) {
	path := ledgerPath(t)
	if err := open(t, path, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := r.Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := locksOf(t, path)
	if before == 0 {
		t.Fatal("the reader has no lock to lose")
	}
	if err := makePrivate(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := makePrivate(path); err != nil {
		t.Fatal(err)
	}
	if now := locksOf(t, path); now != before {
		t.Errorf("the file has %d locks, and had %d", now, before)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it has the mode %v, %v", info.Mode(), err)
	}
}

// BenchmarkHeld is what each taken group pays.
func BenchmarkHeld(b *testing.B) {
	l := open(b, ledgerPath(b), Options{})
	for b.Loop() {
		if err := l.stillOurs(); err != nil {
			b.Fatal(err)
		}
	}
}

// locksOf counts the locks of this process on the file at path. The table lists a lock
// twice now and then, when others come and go while it is read.
func locksOf(t *testing.T, path string) int {
	t.Helper()
	at, err := look(path)
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == "POSIX" && f[4] == fmt.Sprint(os.Getpid()) && strings.HasSuffix(f[5], fmt.Sprintf(":%d", at.number)) {
			found[strings.Join(f[1:], " ")] = true
		}
	}
	return len(found)
}
