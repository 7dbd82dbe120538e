package sqlite

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// A ledger of schema 2 is brought to today's with all that it knows, and its
// process's death is taken into account.
func TestVersion2(t *testing.T) {
	script, err := os.ReadFile("testdata/version2.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, string(script))
	if _, err := OpenReader(t.Context(), path); err == nil {
		t.Error("a reader opens it")
	}
	l := open(t, path, Options{})
	want := queue.Counts{States: queue.States{Pending: 4, Deleted: 1, Dead: 1}, Waiting: 2, OldestPending: time.UnixMilli(1_700_000_000_000).UTC()}
	if got, err := l.Counts(t.Context()); err != nil || got != want {
		t.Errorf("Counts = %+v, %v, want %+v", got, err, want)
	}
	at := func(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }
	for _, want := range []queue.Delivery{
		{Seq: 5, ID: "suspect", Batch: "monday", Lost: true, Alone: true},
		{
			Seq: 3, ID: "was lent", Batch: "monday", Attempts: 2, FirstAt: at(1), LastAt: at(3), Lost: true, Alone: true,
			Code: "CC.00050006", Status: 400,
		},
		{Seq: 2, ID: "waits", Batch: "monday", Attempts: 1, FirstAt: at(2), LastAt: at(2), Code: "CC.00050006", Status: 400},
		{Seq: 6, ID: "0f0e0d0c0b0a09080706050403020100", Batch: "monday"},
	} {
		if err := l.Check(t.Context()); err != nil {
			t.Error(err)
		}
		got := take(t, l, 1)
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("delivery (-want +got):\n%s", diff)
		}
		settle(t, l, got, queue.Gone)
	}
	passes, err := l.Unfinished(t.Context())
	if err != nil || len(passes) != 2 || passes[0].Results != "/results.jsonl" {
		t.Errorf("Unfinished = %+v, %v, want the one that died first", passes, err)
	}
}

// What an ID of schema 2 waits for is not longer than it was, when the clock that
// wrote it was ahead.
func TestVersion2ClockAhead(t *testing.T) {
	script, err := os.ReadFile("testdata/version2.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, string(script))
	l := open(t, path, Options{})
	now := time.Unix(1_700_000_000-3600, 0)
	for _, id := range []string{"suspect", "was lent"} { // the second is due 197 s after it was sent
		ds, next, err := l.Take(t.Context(), 1, now)
		if err != nil || len(ds) != 1 || ds[0].ID != id {
			t.Fatalf("Take = %+v, %v, %v, want %s", ds, next, err, id)
		}
		settle(t, l, ds, queue.Gone)
		now = now.Add(197 * time.Second)
	}
}

// A ledger of schema 4, as it was before lists could be taken back, has batches that are
// live and named by no other.
func TestVersion4(t *testing.T) {
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, strings.Join(migrations()[:4], "\n")+`
		INSERT INTO batch (first, last, name, source, loaded_at, added, pending, waiting, dead) VALUES (1, 3, 'a', 'a.txt', 1700000000000, 3, 2, 1, 1);
		INSERT INTO task VALUES (1, 'fresh', 0, 1700000000), (2, 'waits', 5, 1700000000), (3, 'dead', 4, 1700000000);
		INSERT INTO attempt (seq, due, attempts, first_at, last_at, lost, code, status, reason, request_id) VALUES
			(2, 1700000000000, 1, 1700000000000, 1700000000000, 1, '', 0, '', ''), (3, NULL, 1, 1700000000000, 1700000000000, 0, '', 0, '', '');
		UPDATE mark SET high = 3;
		PRAGMA application_id = 1668050546; PRAGMA user_version = 4;`)
	l := open(t, path, Options{})
	got, err := l.Batches(t.Context())
	want := []queue.BatchInfo{{Name: "a", Source: "a.txt", Loaded: time.UnixMilli(1_700_000_000_000).UTC(), States: queue.States{Pending: 2, Dead: 1}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Batches (-want +got):\n%s%v", diff, err)
	}
	w, err := l.Withdraw(t.Context(), "a", "a test")
	if want := (queue.Withdrawal{Source: "a.txt", Withdrawn: 2, MaybeSent: 1}); w != want || err != nil {
		t.Errorf("Withdraw = %+v, %v, want %+v", w, err, want)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A ledger of schema 3 is brought to today's. The pass that it left behind is still
// known, and finds what is pending.
func TestVersion3(t *testing.T) {
	script, err := os.ReadFile("testdata/version3.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, string(script))
	if _, err := OpenReader(t.Context(), path); err == nil {
		t.Error("a reader opens it")
	}
	l := open(t, path, Options{})
	died := queue.PassInfo{
		ID: 1, Began: time.Unix(1_700_000_000, 0).UTC(), Results: "/results.jsonl", Note: "waits",
		Totals: queue.Totals{Found: 4, IDs: queue.ByState{queue.Pending: 4}},
	}
	unfinished := func(want ...queue.PassInfo) {
		t.Helper()
		got, err := l.Unfinished(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unfinished (-want +got):\n%s", diff)
		}
		if err := l.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	unfinished(died)
	var ids []string
	for range 4 {
		ds := take(t, l, 1)
		ids = append(ids, ds[0].ID)
		settle(t, l, ds, queue.Deleted)
	}
	if diff := cmp.Diff([]string{"suspect", "was lent", "0f0e0d0c0b0a09080706050403020100", "waits"}, ids); diff != "" {
		t.Errorf("lent (-want +got):\n%s", diff)
	}
	if err := l.Finish(t.Context(), died.ID); err != nil {
		t.Fatal(err)
	}
	got, err := l.pass.Totals(t.Context())
	if want := (queue.Totals{Found: 4, IDs: queue.ByState{queue.Deleted: 4}}); err != nil || got != want {
		t.Errorf("Totals = %+v, %v, want %+v", got, err, want)
	}
	if fact, err := l.Recall(t.Context(), "learned/x"); err != nil || string(fact) != "1" {
		t.Errorf("Recall = %q, %v", fact, err)
	}
}

// A ledger of schema 6 is brought to today's, where nothing was said with an ID, and what is
// said from now on is kept.
func TestVersion6(t *testing.T) {
	script, err := os.ReadFile("testdata/version6.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, string(script))
	if _, err := OpenReader(t.Context(), path); err == nil {
		t.Error("a reader opens it")
	}
	l := open(t, path, Options{})
	want := queue.States{Pending: 3, Deleted: 1, Dead: 1}
	if got, err := l.Counts(t.Context()); err != nil || got.States != want || got.Waiting != 1 {
		t.Errorf("Counts = %+v, %v, want %+v", got, err, want)
	}
	for d, err := range l.Dead(t.Context(), queue.Filter{}) {
		if err != nil || d.Code != "CC.1" || d.RequestedReason+d.RequestedBy != "" {
			t.Errorf("%+v, %v", d, err)
		}
	}
	asked := &queue.Asked{Reason: "sold", By: "alice"}
	_, err = l.Load(t.Context(), queue.Batch{Name: "c", Asked: func() *queue.Asked { return asked }}, batchIDs("said", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
	told := 0
	for _, d := range take(t, l, 4) {
		if d.Batch == "c" && *d.Asked == *asked {
			told++
		} else if d.Asked != nil {
			t.Errorf("%+v", d)
		}
	}
	if told != 1 {
		t.Errorf("%d of the new batch tell what was said", told)
	}
}

// A ledger as it was before passes were kept has none, keeps those that come, and the IDs
// of passes go on.
func TestVersionWithoutHistory(t *testing.T) {
	path := t.TempDir() + "/ledger.db"
	makeDatabase(t, path, strings.Join(migrations()[:6], "\n")+`
		INSERT INTO pass (id, began_at, results, note, found) VALUES (41, 1700000000, '', '', 0);
		PRAGMA application_id = 1668050546; PRAGMA user_version = 6;`)
	l := open(t, path, Options{})
	if got, err := l.EndedPasses(t.Context(), 0, 9); err != nil || len(got) > 0 {
		t.Errorf("EndedPasses = %+v, %v", got, err)
	}
	p, err := l.Begin(t.Context(), "")
	if err != nil || p.ID() != 42 {
		t.Fatalf("Begin = %v, %v", p, err)
	}
	if err := l.KeepPass(t.Context(), queue.EndedPass{ID: p.ID(), Report: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if got, err := l.EndedPasses(t.Context(), 0, 9); err != nil || len(got) != 1 || got[0].ID != 42 {
		t.Errorf("EndedPasses = %+v, %v", got, err)
	}
}
