package ledger

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"cleaner/internal/queue"
)

// TestLate: nobody is locked out while an input is read, and all of it is loaded then.
func TestLate(t *testing.T) {
	l := at(t)
	late, err := l.Late("load", nil)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		loaded, err := late.Load(t.Context(), queue.Batch{Name: fmt.Sprint(round)}, func(yield func(string, error) bool) {
			for n := range 3000 {
				if n == 1500 {
					q, err := l.Open(t.Context(), Options{Command: "run"})
					if err != nil {
						t.Errorf("the ledger is locked while the input is read: %v", err)
						return
					}
					if err := q.Close(); err != nil {
						t.Error(err)
					}
				}
				if !yield(fmt.Sprintf("%032x", n), nil) {
					return
				}
			}
		})
		if want := (queue.Loaded{New: 3000 * int64(1-round), Duplicates: 3000 * int64(round), Batch: fmt.Sprint(round)}); err != nil || loaded != want {
			t.Errorf("Load = %+v, %v, want %+v", loaded, err, want)
		}
	}
	if held, err := l.Holder(); err != nil || held != nil {
		t.Errorf("afterwards it is held: %v, %v", held, err)
	}
}

// TestLateRefuses: an input that cannot be read to its end leaves the ledger alone, one
// that a pass holds by then is not loaded, and what cannot be opened is found at once.
func TestLateRefuses(t *testing.T) {
	l := at(t)
	late, err := l.Late("load", nil)
	if err != nil {
		t.Fatal(err)
	}
	torn := errors.New("torn")
	if _, err := late.Load(t.Context(), queue.Batch{Name: "a"}, func(yield func(string, error) bool) {
		_ = yield("x", nil) && yield("", torn)
	}); !errors.Is(err, torn) || l.Exists() {
		t.Errorf("Load = %v, and the ledger exists: %v", err, l.Exists())
	}
	one := func(yield func(string, error) bool) { yield("x", nil) }
	for command, atOnce := range map[string]bool{"run": true, "release": false} {
		q, err := l.Open(t.Context(), Options{Command: command})
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Late("load", nil)
		if _, locked := errors.AsType[*queue.LockedError](err); locked != atOnce {
			t.Errorf("held by %s: Late = %v", command, err)
		}
		_, err = late.Load(t.Context(), queue.Batch{Name: "b"}, one)
		if _, locked := errors.AsType[*queue.LockedError](err); !locked {
			t.Errorf("held by %s: Load = %v", command, err)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.Link(l.Path(), l.Path()+".2"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Late("load", nil); err == nil {
		t.Error("a ledger with two names is not refused at once")
	}
}

// TestLateNeedsNoOtherFolder: what was read stands beside the ledger, which may be the only
// place that can be written, also before there is a ledger or its folder.
func TestLateNeedsNoOtherFolder(t *testing.T) {
	l := at(t)
	t.Setenv("TMPDIR", "/no/such/folder")
	for name, prepare := range map[string]func() error{
		"a folder":  func() error { return nil },
		"no folder": func() error { return os.RemoveAll(l.Folder()) },
	} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		late, err := l.Late("load", nil)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := late.Load(t.Context(), queue.Batch{Name: name}, func(yield func(string, error) bool) { yield(name, nil) })
		if err != nil || loaded.New != 1 {
			t.Errorf("%s: %+v, %v", name, loaded, err)
		}
	}
}
