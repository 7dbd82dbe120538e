package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// rehearse does all there is to do with a ledger.
func rehearse(t *testing.T, l *subject) {
	t.Helper()
	l.most = 8 * fewKeys // something is spilled
	load(t, l, "rehearsed", 5_000, randomIDs(5_000, 99))
	ds := take(t, l, 700)
	settle(t, l, ds[:200], queue.Deleted)
	settle(t, l, ds[200:300], queue.Dead)
	settle(t, l, ds[300:400], queue.Pending)
	take(t, l, 10)
	if ds, err := l.Sample(t.Context(), 20, time.Now()); err != nil || len(ds) != 20 {
		t.Errorf("Sample = %d, %v", len(ds), err)
	}
	rehearseMemory(t, l)
	if n, err := l.Requeue(t.Context(), queue.Filter{Batch: "rehearsed"}); err != nil {
		t.Errorf("Requeue = %d, %v", n, err)
	}
	if _, err := l.Forget(t.Context(), -time.Hour); err != nil {
		t.Error(err)
	}
	broken := errors.New("broken")
	_, err := l.Load(t.Context(), queue.Batch{Name: "b"}, func(yield func(string, error) bool) { yield("", broken) })
	if !errors.Is(err, broken) {
		t.Errorf("Load = %v", err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// rehearseMemory replaces what the ledger may remember; it is kept until Close.
func rehearseMemory(t *testing.T, l *subject) {
	t.Helper()
	for key, value := range map[string]string{"learned/x": "new", "learned/y": "", "learned/z": "new"} {
		if err := l.Remember(t.Context(), key, []byte(value)); err != nil {
			t.Error(err)
		}
		if got, err := l.Recall(t.Context(), key); err != nil || string(got) != value {
			t.Errorf("Recall = %q, %v", got, err)
		}
	}
}

func TestRehearsal(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 2_000, randomIDs(2_000, 1))
	settle(t, l, take(t, l, 300), queue.Dead)
	settle(t, l, take(t, l, 300), queue.Gone)
	for _, key := range []string{"learned/x", "learned/y"} {
		if err := l.Remember(t.Context(), key, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	want, err := l.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	l = open(t, path, Options{Rehearse: true})
	rehearse(t, l)
	if got := readCounts(t, path); got != want {
		t.Errorf("during the rehearsal others read %+v, want %+v", got, want)
	}
	wantFacts(t, path, map[string]string{"learned/x": "old", "learned/y": "old"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Error("the file is not what it was")
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	wantFacts(t, path, map[string]string{"learned/x": "old", "learned/y": "old"})
}

// readCounts reads the counts as another process does.
func readCounts(t *testing.T, path string) queue.Counts {
	t.Helper()
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// wantFacts reads what is remembered as another process does.
func wantFacts(t *testing.T, path string, want map[string]string) {
	t.Helper()
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Facts(t.Context(), "")
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range facts {
		got[f.Key] = string(f.Value)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// A rehearsal that dies leaves nothing either.
func TestRehearsalCrash(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{Rehearse: true})
	rehearse(t, l)
	crashable{l.Ledger}.Crash()
	l = open(t, path, Options{})
	if c, err := l.Counts(t.Context()); err != nil || c.Pending != 10 || c.Loaded() != 10 {
		t.Errorf("Counts = %+v, %v", c, err)
	}
}

// Where there is no ledger, a rehearsal makes none: no file, no directory.
func TestRehearsalOfNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, filepath.Join(dir, "ledger.db"), Options{Rehearse: true})
	rehearse(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("it left %v, %v", files, err)
	}
}

// After an error of the database the rehearsal must not go on: its transaction
// may be gone, and what came next would be written for good.
func TestRehearsalEndsWithAnError(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{Rehearse: true})
	if err := l.store.script(t.Context(), "SELECT nonsense"); err == nil {
		t.Fatal("nonsense runs")
	}
	if err := l.store.script(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(t.Context(), queue.Batch{Name: "a"}, randomIDs(5, 1)); err == nil {
		t.Error("a load was rehearsed after the end")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if c := readCounts(t, path); c.Loaded() != 0 {
		t.Errorf("it was written for good: %+v", c)
	}
}
