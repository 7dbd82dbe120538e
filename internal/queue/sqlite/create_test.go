package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cleaner/internal/queue"
)

// TestCutLedgerIsRefused: a ledger that was cut to nothing after its pass is not taken
// for a new one, neither with nor without its log, and what is still there is left alone.
func TestCutLedgerIsRefused(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("there is no log to lose: %v", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil { // which clears the log
		t.Fatal(err)
	}
	writeFile(t, path, string(whole)) // as a kill leaves them
	writeFile(t, path+"-wal", string(log))
	for name, damage := range map[string]func() error{
		"cut":     func() error { return os.Truncate(path, 0) },
		"removed": func() error { return os.Remove(path) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if l, err := Open(t.Context(), path, Options{}); err == nil {
			t.Errorf("%s: Open = %v", name, l)
		}
		if now, err := os.ReadFile(path + "-wal"); err != nil || string(now) != string(log) {
			t.Errorf("%s: the log is another: %v", name, err)
		}
		writeFile(t, path, string(whole))
	}
	l = open(t, path, Options{})
	if c, err := l.Counts(t.Context()); err != nil || c.Pending != 10 {
		t.Errorf("put back: %+v, %v", c, err)
	}
}

// TestNewLedgerIsWholeAtOnce: whoever looks while ledgers are made sees none, or a whole
// one. So a crash at any moment leaves no empty file either.
func TestNewLedgerIsWholeAtOnce(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		path := filepath.Join(dir, string(rune('a'+i)), "ledger.db")
		made := make(chan struct{})
		var looker sync.WaitGroup
		looker.Go(func() {
			for done := false; !done; {
				select {
				case <-made:
					done = true
				default:
				}
				r, err := OpenReader(t.Context(), path)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if c, err := r.Counts(t.Context()); err != nil || c != (queue.Counts{}) {
					t.Errorf("Counts = %+v, %v", c, err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		l, err := Open(t.Context(), path, Options{})
		close(made)
		looker.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestManyMakeOneLedger: of those who make a ledger at once one does, the others are
// told, and no other file is left.
func TestManyMakeOneLedger(t *testing.T) {
	path := ledgerPath(t)
	var all sync.WaitGroup
	opened := make(chan *Ledger, 8)
	for range cap(opened) {
		all.Go(func() {
			l, err := Open(t.Context(), path, Options{})
			if err == nil {
				opened <- l
			} else if _, locked := errors.AsType[*queue.LockedError](err); !locked {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(opened)
	if len(opened) != 1 {
		t.Errorf("%d have opened it", len(opened))
	}
	for l := range opened {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	wantFiles(t, filepath.Dir(path), "ledger.db", "ledger.db.lock")
}

// TestCreateKeepsWhatCame: what comes to the ledger's place while one is made stays as it
// is.
func TestCreateKeepsWhatCame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	writeFile(t, path, "restored")
	if err := create(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("create = %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "restored" {
		t.Errorf("it is now %q", text)
	}
	wantFiles(t, filepath.Dir(path), "ledger.db")
}

// TestLeftoverOfACrash: what a crash has left of a ledger that was being made is in
// nobody's way.
func TestLeftoverOfACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	writeFile(t, filepath.Join(filepath.Dir(path), ".ledger.db.new-1"), "half")
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// wantFiles wants these files in a folder, and no other.
func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if len(files) != len(want) || f.Name() != want[i] {
			t.Errorf("the folder has %v, want %v", files, want)
			return
		}
	}
}

// BenchmarkCreate is what a new ledger costs once.
func BenchmarkCreate(b *testing.B) {
	dir := b.TempDir()
	for n := 0; b.Loop(); n++ {
		if err := create(b.Context(), filepath.Join(dir, fmt.Sprint(n))); err != nil {
			b.Fatal(err)
		}
	}
}
