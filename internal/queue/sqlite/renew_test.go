package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
)

const month = 30 * 24 * time.Hour

// settledBefore is a ledger with these IDs, all deleted that long ago.
func settledBefore(t *testing.T, ago time.Duration, ids ...string) *subject {
	t.Helper()
	l := open(t, ledgerPath(t), Options{})
	load(t, l, "first", len(ids), noErrors(ids))
	settleUntilEmpty(t, l)
	if err := l.pass.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.store.script(t.Context(), fmt.Sprintf(`UPDATE task SET at = at - %d`, ago/time.Second)); err != nil {
		t.Fatal(err)
	}
	return l
}

// noErrors yields ids.
func noErrors(ids []string) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

// TestNamedIsNotForgotten: of two lists that were deleted long ago the one that is
// named again is remembered, whatever its IDs look like.
func TestNamedIsNotForgotten(t *testing.T) {
	key := strings.Repeat("0a", 16)
	for name, spelled := range map[string]string{"a key": key, "a key kept in upper case": strings.ToUpper(key), "another ID": "a-word"} {
		t.Run(name, func(t *testing.T) {
			l := settledBefore(t, 2*month, spelled, strings.Repeat("0b", 16), "another-word")
			named := spelled
			if name != "another ID" {
				named = key
			}
			load(t, l, "again", 0, noErrors([]string{named}))
			if n, err := l.Forget(t.Context(), month); n != 2 || err != nil {
				t.Errorf("Forget = %d, %v, want 2", n, err)
			}
			load(t, l, "third", 0, noErrors([]string{named}))
			if err := l.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRenewIsBounded: a list that is read at every pass is written again only when its
// IDs have been remembered for that long.
func TestRenewIsBounded(t *testing.T) {
	for after, want := range map[time.Duration]bool{0: true, 23 * time.Hour: true, 25 * time.Hour: false} {
		l := settledBefore(t, 24*time.Hour, "a-word", strings.Repeat("0a", 16))
		var before, now int64
		at := func(to *int64) {
			t.Helper()
			if err := l.store.one(t.Context(), `SELECT sum(at) FROM task`, nil, to); err != nil {
				t.Fatal(err)
			}
		}
		at(&before)
		ids := noErrors([]string{"a-word", strings.Repeat("0a", 16)})
		if _, err := l.Load(t.Context(), queue.Batch{Name: "again", Renew: after}, ids); err != nil {
			t.Fatal(err)
		}
		at(&now)
		if renewed := now > before; renewed != want {
			t.Errorf("after 24h, with Renew %v, renewed: %v", after, renewed)
		}
	}
}

// TestRenewedIsNotSettledByThePass: a pass that dies owes its results file nothing for
// what its input has only named.
func TestRenewedIsNotSettledByThePass(t *testing.T) {
	l := settledBefore(t, month, "old", "older")
	p, err := l.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	load(t, l, "again", 1, noErrors([]string{"old", "older", "new"}))
	l.pass = p
	settle(t, l, take(t, l, 1), queue.Deleted)
	load(t, l, "and again", 0, noErrors([]string{"old", "new"}))
	if n, err := l.Forget(t.Context(), time.Hour); n != 0 || err != nil {
		t.Errorf("Forget = %d, %v", n, err)
	}
	passes, err := l.Unfinished(t.Context())
	if err != nil || len(passes) != 1 {
		t.Fatalf("Unfinished = %v, %v", passes, err)
	}
	var got []string
	for o, err := range l.SettledSince(t.Context(), passes[0].Began) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Delivery.ID)
	}
	if !slices.Equal(got, []string{"new"}) {
		t.Errorf("the pass has settled %q", got)
	}
}

// TestBatchesWithoutIDs: a list that is read at every pass leaves no row behind for each,
// and however many there are, looking through the ledger takes no query for each.
func TestBatchesWithoutIDs(t *testing.T) {
	const n = 5_000 // by rows, and not by time: with 130,000 an idle dry run took 16 s
	l := settledBefore(t, 24*time.Hour, "a", "b")
	load(t, l, "second", 1, noErrors([]string{"c"}))
	ctx := t.Context()
	rows := func() (n int) {
		t.Helper()
		if err := l.store.one(ctx, `SELECT count(*) FROM batch`, nil, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	idle := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO batch (first, last, name, source, loaded_at) SELECT 1000 + i, 1000 + i, 'idle-' || i, '', unixepoch() * 1000 FROM n;
		UPDATE mark SET high = 1000 + %[1]d`, n)
	if err := l.store.script(ctx, idle); err != nil {
		t.Fatal(err)
	}
	l.checkpoint.high = 1000 + n
	load(t, l, "last", 1, noErrors([]string{"d"}))
	batches, err := audit{l.store, l.checkpoint}.batches(ctx)
	if err != nil || len(batches) != n+3 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	if got := len(together(batches)); got != 4 {
		t.Errorf("%d batches are counted one by one, want 4", got)
	}
	if err := l.Check(ctx); err != nil {
		t.Error(err)
	}
	for range 2 {
		if n, err := l.Forget(ctx, month); n != 0 || err != nil {
			t.Errorf("Forget = %d, %v", n, err)
		}
		if got := rows(); got != emptyBatches-1+3 {
			t.Errorf("%d batches are left", got)
		}
	}
	load(t, l, "after", 1, noErrors([]string{"a", "b", "c", "d", "e"}))
	if err := l.Check(ctx); err != nil {
		t.Error(err)
	}
}

// TestBatchesThatNameWhatIsPending: they stay until they are old, however many come
// after them, for a pass may be confined to them.
func TestBatchesThatNameWhatIsPending(t *testing.T) {
	l := settledBefore(t, time.Hour, "a")
	load(t, l, "second", 1, noErrors([]string{"b"}))
	load(t, l, "names", 0, noErrors([]string{"a", "b"}))
	for i := range 2 * emptyBatches {
		load(t, l, fmt.Sprint("idle-", i), 0, noErrors([]string{"a"}))
	}
	if n, err := l.Forget(t.Context(), month); n != 0 || err != nil {
		t.Errorf("Forget = %d, %v", n, err)
	}
	got, err := l.Batches(t.Context())
	if err != nil || len(got) != emptyBatches+3 || got[2].Name != "names" || got[2].Shared != 1 {
		t.Errorf("%d batches, %v, want %d with the one that names", len(got), err, emptyBatches+3)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestReadAgainIsRenewed: a list that is the batch that it was is remembered anew too.
func TestReadAgainIsRenewed(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	b := queue.Batch{Name: "list", Source: "in.txt", Digest: func() string { return "d" }}
	ids := noErrors([]string{"a-word", strings.Repeat("0a", 16)})
	again := func() {
		t.Helper()
		if got, err := l.Load(t.Context(), b, ids); err != nil || got.Batch != "list" {
			t.Fatalf("Load = %+v, %v", got, err)
		}
		b.Name = "again"
	}
	again()
	settleUntilEmpty(t, l)
	if err := l.pass.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.store.script(t.Context(), fmt.Sprintf(`UPDATE task SET at = at - %d`, 2*month/time.Second)); err != nil {
		t.Fatal(err)
	}
	again()
	if n, err := l.Forget(t.Context(), month); n != 0 || err != nil {
		t.Errorf("Forget = %d, %v", n, err)
	}
}

// TestCheckBetweenBatchesWithoutIDs: a task that no counter knows shows also where
// several batches are looked at as one.
func TestCheckBetweenBatchesWithoutIDs(t *testing.T) {
	for _, place := range []int{2, 3, 4} {
		l := open(t, ledgerPath(t), Options{})
		load(t, l, "a", 1, noErrors([]string{"a"}))
		for i := range 4 {
			load(t, l, fmt.Sprint("idle-", i), 0, noErrors([]string{"a"}))
		}
		if err := l.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := l.store.script(t.Context(), fmt.Sprintf(`INSERT INTO task VALUES (%d, 'stray', 1, 0)`, place)); err != nil {
			t.Fatal(err)
		}
		if err := l.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "the counters say") {
			t.Errorf("a stray task at %d: %v", place, err)
		}
	}
}
