package sqlite

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// A pass that a death cut short is found again, also by a reader; one that has
// ended is not.
func TestPass(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	unfinished := func(want bool) Pass {
		t.Helper()
		p, ok, err := l.Unfinished(t.Context())
		if err != nil || ok != want {
			t.Fatalf("Unfinished = %+v, %v, %v, want %v", p, ok, err, want)
		}
		return p
	}
	unfinished(false)
	before := time.Now().Truncate(time.Second)
	if err := l.Begin(t.Context(), "/r.jsonl"); err != nil {
		t.Fatal(err)
	}
	if err := l.Note(t.Context(), "waits"); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	seen, ok, err := r.Pass(t.Context())
	if err != nil || !ok || r.Close() != nil {
		t.Fatalf("the reader's Pass = %+v, %v, %v", seen, ok, err)
	}
	mortal{l}.Crash()

	l = open(t, path, Options{})
	p := unfinished(true)
	if diff := cmp.Diff(seen, p); diff != "" {
		t.Errorf("(-reader +writer):\n%s", diff)
	}
	if p.Results != "/r.jsonl" || p.Note != "waits" || p.Began.Before(before) {
		t.Errorf("Unfinished = %+v", p)
	}
	if err := l.Begin(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if p := unfinished(true); p.Results != "" || p.Note != "" {
		t.Errorf("the new pass is %+v", p)
	}
	if err := l.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	unfinished(false)
}

// What a pass settled is found again by the time it began, even if the clock
// went back meanwhile; what was settled before is not.
func TestSettledSince(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	const n = 3 * settledPage
	load(t, l, "a", n, randomIDs(n, 1))
	settleAt := func(ds []queue.Delivery, state queue.State, at time.Time) {
		t.Helper()
		var os []queue.Outcome
		for _, d := range ds {
			os = append(os, queue.Outcome{Delivery: d, State: state, Attempts: 2, FirstAt: at, At: at, Code: "c", Status: 400, Reason: "r", RequestID: "q"})
		}
		if err := l.Settle(t.Context(), os); err != nil {
			t.Fatal(err)
		}
	}
	settleAt(take(t, l, 10), queue.Deleted, time.Now().Add(-time.Hour))
	if err := l.Begin(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	deleted, dead := take(t, l, n-100), take(t, l, 2)
	settleAt(deleted, queue.Deleted, time.Now().Add(-time.Hour))
	settleAt(dead, queue.Dead, time.Now())
	p, _, err := l.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []queue.Outcome
	for o, err := range l.SettledSince(t.Context(), p.Began) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o)
	}
	if len(got) != len(deleted)+len(dead) {
		t.Fatalf("%d outcomes, want %d and %d", len(got), len(deleted), len(dead))
	}
	if !slices.IsSortedFunc(got, func(a, b queue.Outcome) int { return int(a.Delivery.Seq - b.Delivery.Seq) }) {
		t.Error("not in the order of the ledger")
	}
	first, last := got[0], got[len(got)-1]
	if first.Delivery.ID != deleted[0].ID || first.Delivery.Batch != "a" || first.State != queue.Deleted || first.Reason != tellingLost {
		t.Errorf("first is %+v", first)
	}
	if last.Delivery.ID != dead[1].ID || last.State != queue.Dead || last.Code != "c" || last.Attempts != 2 || last.FirstAt.IsZero() {
		t.Errorf("last is %+v", last)
	}
	for _, err := range l.SettledSince(t.Context(), p.Began) {
		if err != nil {
			t.Error(err)
		}
		break // may be left at any time
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A ledger of the first schema, with work in it, is brought up to date.
func TestOpenFirstSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := openStore(t.Context(), uri(path, "rwc"))
	if err != nil {
		t.Fatal(err)
	}
	err = s.migrate(t.Context(), 0, migrations()[:1])
	if err == nil {
		err = s.script(t.Context(), `INSERT INTO batch (first, last, name, source, loaded_at, added, pending) VALUES (1, 1, 'a', '', 1, 1, 1);
			INSERT INTO task VALUES (1, 'x', 0, 1); UPDATE mark SET high = 1`)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, path, Options{})
	ds := take(t, l, 1)
	if d := ds[0]; d.ID != "x" || d.Alone || d.Lost {
		t.Errorf("lent %+v", d)
	}
	settle(t, l, ds, queue.Deleted)
}

// Every pending ID is named once, in the order of the ledger, those lent and those
// that wait included.
func TestPending(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	const n = pendingPage + 10
	load(t, l, "a", n, randomIDs(n, 1))
	ds := take(t, l, n)
	settle(t, l, ds[:5], queue.Deleted)
	now := time.Now()
	if err := l.Settle(t.Context(), []queue.Outcome{{Delivery: ds[7], FirstAt: now, At: now, Due: now.Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for id, err := range l.Pending(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	var want []string
	for _, d := range ds[5:] {
		want = append(want, d.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
