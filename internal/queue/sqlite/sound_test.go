package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"cleaner/internal/queue"
)

// TestOpenFindsDamagedPages empties or garbles each page of a ledger in turn: either the
// ledger is refused when it is opened, or the page was of no use, and all that a pass
// writes can be written.
func TestOpenFindsDamagedPages(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "b", 2000, randomIDs(2000, 1))
	settle(t, l, take(t, l, 900), queue.Deleted)
	for i := range 40 {
		if err := l.Remember(t.Context(), fmt.Sprint("key", i), bytes.Repeat([]byte{'v'}, 300)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const size = 4096
	refused := 0
	for at := size; at < len(whole); at += size {
		for _, fill := range []byte{0, 0xa5} {
			text := bytes.Clone(whole)
			copy(text[at:], bytes.Repeat([]byte{fill}, size))
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), path, Options{})
			if err != nil {
				if !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), path) {
					t.Errorf("page %d: %v", at/size, err)
				}
				refused++
				continue
			}
			for i := range 80 {
				if err := l.Remember(t.Context(), fmt.Sprint("later", i), bytes.Repeat([]byte{'v'}, 300)); err != nil {
					t.Fatalf("page %d: %v", at/size, err)
				}
			}
			if err := l.Check(t.Context()); err != nil {
				t.Errorf("page %d: %v", at/size, err)
			}
			if err := l.Close(); err != nil {
				t.Errorf("page %d: %v", at/size, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was found")
	}
}

// TestSmallTablesAreLookedAt: of a file that is too large to be looked at whole, too, the
// tables that a pass writes to at its end are looked at.
func TestSmallTablesAreLookedAt(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "b", 300, randomIDs(300, 1))
	if err := l.store.sound(t.Context(), 0); err != nil {
		t.Errorf("of a whole file: %v", err)
	}
	var root int64
	if err := l.store.one(t.Context(), `SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_fact_1'`, nil, &root); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, 4096), (root-1)*4096)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(t.Context(), uri(path, "rw"))
	if err != nil {
		t.Fatal(err)
	}
	err = explain(s.sound(t.Context(), 0))
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("of a damaged one: %v", err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkSound(b *testing.B) {
	l := open(b, ledgerPath(b), Options{})
	load(b, l, "b", 50_000, randomIDs(50_000, 1))
	for b.Loop() {
		if err := l.store.sound(b.Context(), wholePages); err != nil {
			b.Fatal(err)
		}
	}
}
