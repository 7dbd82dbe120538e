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
	unfinished := func(want int) []queue.PassInfo {
		t.Helper()
		ps, err := l.Unfinished(t.Context())
		if err != nil || len(ps) != want {
			t.Fatalf("Unfinished = %+v, %v, want %d", ps, err, want)
		}
		return ps
	}
	unfinished(0)
	before := time.Now().Truncate(time.Second)
	died, err := l.Begin(t.Context(), "/r.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := died.Note(t.Context(), "waits"); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := r.Unfinished(t.Context())
	if err != nil || r.Close() != nil {
		t.Fatalf("the reader's Unfinished = %+v, %v", seen, err)
	}
	crashable{l.Ledger}.Crash()

	l = open(t, path, Options{})
	ps := unfinished(1)
	if diff := cmp.Diff(seen, ps); diff != "" {
		t.Errorf("(-reader +writer):\n%s", diff)
	}
	if p := ps[0]; p.ID != died.ID() || p.Results != "/r.jsonl" || p.Note != "waits" || p.Began.Before(before) {
		t.Errorf("Unfinished = %+v", p)
	}
	next, err := l.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if p := unfinished(2)[1]; p.ID != next.ID() || p.Results != "" || p.Note != "" {
		t.Errorf("the new pass is %+v", p)
	}
	if err := l.Finish(t.Context(), died.ID()); err != nil {
		t.Fatal(err)
	}
	if p := unfinished(1)[0]; p.ID != next.ID() {
		t.Errorf("left is %+v, want the new pass", p)
	}
	if err := next.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	unfinished(0)
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
	settleAt(take(t, l, 10), queue.Deleted, time.Now())
	if err := l.store.script(t.Context(), `UPDATE task SET at = at - 3600 WHERE state = 1`); err != nil {
		t.Fatal(err)
	}
	p, err := l.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	l.pass = p // the second
	deleted, dead := take(t, l, n-100), take(t, l, 2)
	settleAt(deleted, queue.Deleted, time.Now().Add(-time.Hour))
	settleAt(dead, queue.Dead, time.Now())
	passes, err := l.Unfinished(t.Context())
	if err != nil || len(passes) != 2 {
		t.Fatalf("Unfinished = %+v, %v", passes, err)
	}
	began := passes[1].Began
	var got []queue.Outcome
	for o, err := range l.SettledSince(t.Context(), began) {
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
	for _, err := range l.SettledSince(t.Context(), began) {
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
	for id, err := range l.Pending(t.Context(), queue.Scope{}) {
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
