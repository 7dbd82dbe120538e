package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// A ledger of many batches, each forgotten, does not grow for ever, and gives the room of
// a large one back.
func TestRoomOfForgottenBatchesIsGivenBack(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	if room, err := roomOf(t, l); !room.gives || err != nil {
		t.Errorf("a new ledger keeps its room: %+v, %v", room, err)
	}
	largest := 0
	for i, n := range []int{25_000, 500, 500, 500} {
		load(t, l, fmt.Sprint(i), n, randomIDs(n, uint64(i)))
		settleAll(t, l)
		largest = max(largest, pageCount(t, l))
		if forgotten, err := l.Forget(t.Context(), -time.Hour); forgotten != int64(n) || err != nil {
			t.Fatalf("Forget = %d, %v", forgotten, err)
		}
		if pages := pageCount(t, l); pages > leastRoom {
			t.Errorf("%d pages are left after %d IDs were forgotten", pages, n)
		}
	}
	if largest <= leastRoom {
		t.Fatalf("the ledger had %d pages at most: too few to show anything", largest)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > leastRoom*4096 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}

// A ledger that an older version made is written anew when little of it is in use, and what
// is in use stays. What the older version prepared in it goes on working.
func TestRoomOfAnOldLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	script := "PRAGMA auto_vacuum = NONE; PRAGMA journal_mode = WAL;" + strings.Join(migrations(), "\n") +
		fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(migrations()))
	if _, err := old.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, path, Options{})
	if room, err := roomOf(t, l); room.gives || err != nil {
		t.Fatalf("the ledger is none of an older version: %+v, %v", room, err)
	}
	load(t, l, "large", 25_000, randomIDs(25_000, 1))
	settleAll(t, l)
	load(t, l, "pending", 1_000, randomIDs(1_000, 2))
	if n, err := l.Forget(t.Context(), -time.Hour); n != 25_000 || err != nil {
		t.Fatalf("Forget = %d, %v", n, err)
	}
	if room, err := roomOf(t, l); !room.gives || room.pages > leastRoom || err != nil {
		t.Errorf("room %+v, %v", room, err)
	}
	if ds := take(t, l, 1_000); len(ds) == 1_000 {
		settle(t, l, ds, queue.Deleted)
	}
	load(t, l, "after", 1_000, randomIDs(1_000, 3))
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A rehearsal gives nothing back: the file is as it was.
func TestRehearsalGivesNoRoomBack(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "large", 25_000, randomIDs(25_000, 1))
	settleAll(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{Rehearse: true})
	if n, err := l.Forget(t.Context(), -time.Hour); n != 25_000 || err != nil {
		t.Fatalf("Forget = %d, %v", n, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || after.Size() != before.Size() {
		t.Errorf("the file changed from %d to %d bytes, %v", before.Size(), after.Size(), err)
	}
}

// settleAll settles all that is pending as deleted, with one statement: what comes to
// pending IDs one by one is tested elsewhere.
func settleAll(t *testing.T, l *subject) {
	t.Helper()
	err := l.store.atomically(t.Context(), func(ctx context.Context) error {
		if err := l.store.exec(ctx, `UPDATE task SET state = 1 WHERE state = 0`); err != nil {
			return err
		}
		return l.store.exec(ctx, `UPDATE batch SET deleted = deleted + pending, pending = 0`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pageCount(t *testing.T, l *subject) (pages int) {
	t.Helper()
	if err := l.store.one(t.Context(), `SELECT page_count FROM pragma_page_count`, nil, &pages); err != nil {
		t.Fatal(err)
	}
	return pages
}

func roomOf(t *testing.T, l *subject) (room, error) { return roomTable{l.store}.room(t.Context()) }
