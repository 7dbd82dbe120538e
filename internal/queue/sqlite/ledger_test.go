package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// A long load, takers, settlers and onlookers at the same time.
func TestEverythingAtOnce(t *testing.T) {
	const first, second = 2_000, 8_000
	l := open(t, ledgerPath(t), Options{})
	load(t, l, "a", first, randomIDs(first, 1))
	var wg sync.WaitGroup
	wg.Go(func() {
		n, err := l.Load(t.Context(), queue.Batch{Name: "b"}, randomIDs(second, 2))
		if err != nil || n.New != second {
			t.Errorf("Load = %+v, %v", n, err)
		}
	})
	for range 4 {
		wg.Go(func() { settleUntilEmpty(t, l) })
	}
	wg.Go(func() {
		for range 5 {
			if c, err := l.Counts(t.Context()); err != nil || (c.Loaded() != first && c.Loaded() != first+second) {
				t.Errorf("Counts = %+v, %v: a half of a load shows", c, err)
			}
			if err := l.Check(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	settleUntilEmpty(t, l)
	if c, err := l.Counts(t.Context()); err != nil || c != (queue.Counts{States: queue.States{Deleted: first + second}}) {
		t.Errorf("Counts = %+v, %v", c, err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// settleUntilEmpty takes and settles until nothing is pending.
func settleUntilEmpty(t *testing.T, l *subject) {
	for {
		ds, _, err := l.Take(t.Context(), 50, time.Now())
		if err != nil {
			t.Error(err)
			return
		}
		if len(ds) == 0 {
			return
		}
		settle(t, l, ds, queue.Deleted)
	}
}

// When the disk is full nothing is half done, and when there is room again the
// work goes on.
func TestDiskFull(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	load(t, l, "a", 5_000, randomIDs(5_000, 1))
	ds := take(t, l, 500)
	before, err := l.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	room := func(pages string) {
		t.Helper()
		if err := l.store.script(t.Context(), "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	room("1") // SQLite takes it for the pages there are

	if _, err := l.Load(t.Context(), queue.Batch{Name: "b"}, randomIDs(5_000, 2)); err == nil {
		t.Error("a load found room")
	}
	os := make([]queue.Outcome, len(ds))
	for i, d := range ds {
		os[i] = queue.Outcome{Delivery: d, State: queue.Dead, At: time.Now(), Reason: strings.Repeat("x", 1_000)}
	}
	if err := l.Settle(t.Context(), os); err == nil {
		t.Error("dead letters found room")
	}
	if got, err := l.Counts(t.Context()); err != nil || got != before {
		t.Errorf("Counts = %+v, %v, want %+v", got, err, before)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}

	room("1000000")
	if err := l.Settle(t.Context(), os); err != nil {
		t.Errorf("Settle, again: %v", err)
	}
	load(t, l, "b", 5_000, randomIDs(5_000, 2))
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Check finds what does not add up.
func TestCheckFindsFaults(t *testing.T) {
	for _, row := range []struct{ name, damage, want string }{
		{"a counter is off", `UPDATE batch SET deleted = deleted + 1 WHERE name = 'b'`, `batch "b"`},
		{"waiting is off", `UPDATE batch SET waiting = 0`, `batch "a"`},
		{"a task is lost", `DELETE FROM task WHERE seq = 3`, `batch "a"`},
		{"a state has changed", `UPDATE task SET state = 2 WHERE seq = 25`, `batch "b"`},
		{"a task of no batch", `UPDATE batch SET first = 30 WHERE name = 'b'; UPDATE batch SET pending = 1 WHERE name = 'b'`, `batch "b"`},
		{"a batch is lost", `DELETE FROM batch WHERE name = 'b'`, `(none)`},
		{"a history is lost", `DELETE FROM attempt WHERE due IS NULL`, "histories"},
		{"a history of nothing", `UPDATE attempt SET seq = 1000 WHERE due IS NULL`, "histories"},
		{"a dead letter that waits", `UPDATE attempt SET due = 1 WHERE due IS NULL`, "do not fit"},
		{"what a pass settled is off", `UPDATE pass SET deleted = deleted - 1`, "pass 1"},
		{"a pending task behind the checkpoint", `UPDATE task SET state = 0 WHERE seq = 1; UPDATE batch SET pending = pending + 1,
			deleted = deleted - 1 WHERE name = 'a'`, "none is looked for"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := open(t, ledgerPath(t), Options{})
			load(t, l, "a", 20, randomIDs(20, 1))
			load(t, l, "b", 20, randomIDs(20, 2))
			ds := take(t, l, 6)
			settle(t, l, ds[:4], queue.Deleted)
			settle(t, l, ds[4:5], queue.Dead)
			settle(t, l, ds[5:], queue.Pending)
			l.checkpoint.low = 6
			if err := l.Check(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}
			if err := l.store.script(t.Context(), row.damage); err != nil {
				t.Fatal(err)
			}
			if err := l.Check(t.Context()); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Check = %v, want an error with %q", err, row.want)
			}
		})
	}
}

// A ledger that is mostly settled is not read from its beginning when it is
// opened again, whether it was closed or not.
func TestLowWaterMark(t *testing.T) {
	const n = 10_000
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprintf("crash %v", crash), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			l := open(t, path, Options{})
			load(t, l, "a", n, randomIDs(n, 1))
			straggler := take(t, l, 1)
			settle(t, l, take(t, l, n/2), queue.Deleted)
			settle(t, l, straggler, queue.Deleted)
			for range n / 4 / 100 {
				settle(t, l, take(t, l, 100), queue.Deleted)
			}
			if crash {
				crashable{l.Ledger}.Crash()
			} else if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, path, Options{})
			if first := take(t, l, 1)[0].Seq; first-l.checkpoint.low > 2*readAhead {
				t.Errorf("the checkpoint stands at %d, the first pending ID at %d", l.checkpoint.low, first)
			}
			settleUntilEmpty(t, l)
			settle(t, l, nil, queue.Deleted)
			if err := l.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// After a crash no more IDs are said to be lost than what was lent and a few
// times what was asked for.
func TestSuspectsAreFew(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "a", 5_000, randomIDs(5_000, 1))
	const room = 10
	for range 100 {
		settle(t, l, take(t, l, room), queue.Deleted)
	}
	take(t, l, room)
	crashable{l.Ledger}.Crash()
	l = open(t, path, Options{})
	lost := 0
	for d := take(t, l, 1); d[0].Lost; d = take(t, l, 1) {
		settle(t, l, d, queue.Deleted)
		lost++
	}
	if lost < room || lost > (reserve+1)*room {
		t.Errorf("%d IDs are said to be lost", lost)
	}
}

// A load that ends while the ledger is closed is removed at the next opening.
func TestCloseDuringLoad(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	_, err := l.Load(t.Context(), queue.Batch{Name: "a"}, func(yield func(string, error) bool) {
		i := 0
		for id, err := range randomIDs(5_000, 1) {
			if i++; i == 4_000 {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
			if !yield(id, err) {
				return
			}
		}
	})
	if !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Load = %v, want ErrClosed", err)
	}
	l = open(t, path, Options{})
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
	load(t, l, "a", 5_000, randomIDs(5_000, 1))
}

// Settling 30 days later makes room, and the room is used again.
func TestForgetReusesRoom(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	var pages [2]int
	for i := range pages {
		load(t, l, fmt.Sprint(i), 5_000, randomIDs(5_000, uint64(i)))
		settleUntilEmpty(t, l)
		if n, err := l.Forget(t.Context(), -time.Hour); n != 5_000 || err != nil {
			t.Fatalf("Forget = %d, %v", n, err)
		}
		if err := l.store.one(t.Context(), `SELECT page_count FROM pragma_page_count`, nil, &pages[i]); err != nil {
			t.Fatal(err)
		}
		if err := l.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if pages[1] > pages[0]+2 {
		t.Errorf("the file grew from %d to %d pages", pages[0], pages[1])
	}
	var batches int
	if err := l.store.one(t.Context(), `SELECT count(*) FROM batch`, nil, &batches); err != nil || batches != 0 {
		t.Errorf("%d batches are left, %v", batches, err)
	}
}
