package sqlite

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// A reader follows a ledger that another has open, and does not stand in its
// way.
func TestReader(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 600, randomIDs(600, 1))
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	}()
	for range 2 {
		settle(t, l, take(t, l, 150), queue.Dead)
		want, err := l.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Counts(t.Context()); err != nil || got != want {
			t.Errorf("Counts = %+v, %v, want %+v", got, err, want)
		}
	}
	var want, got []queue.DeadLetter
	for d, err := range l.Dead(t.Context(), queue.Filter{Batch: "a"}) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, d)
	}
	for d, err := range r.Dead(t.Context(), queue.Filter{Batch: "a"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 300 {
		t.Errorf("%d dead letters (-ledger +reader):\n%s", len(got), diff)
	}
}

// A reader that comes while somebody holds the file for itself, as SQLite does when
// it opens or closes it, waits for its turn.
func TestReaderWaits(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 10, randomIDs(10, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "DELETE FROM attempt"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	released := make(chan error)
	time.AfterFunc(100*time.Millisecond, func() { released <- db.Close() })
	r, err := OpenReader(t.Context(), path)
	if err := <-released; err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// A ledger at rest can be read too, also where nothing may be written.
func TestReaderAtRest(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 5, randomIDs(5, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if c := readCounts(t, path); c.Pending != 5 {
		t.Errorf("Counts = %+v", c)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("reading changed the file")
	}
	open(t, path, Options{})
}

func TestReaderOfNothing(t *testing.T) {
	path := ledgerPath(t)
	if _, err := OpenReader(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenReader = %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading made a ledger: %v", err)
	}
}
