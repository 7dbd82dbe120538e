package queuetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func passTests() []test {
	return []test{
		{"a pass counts what it finds, what comes and what it settles", passCounts},
		{"two passes, one after the other, each balance", passesInTurn},
		{"two passes that overlap in time each balance", passesAtOnce},
		{"what one pass settles, another that began at the same time did not", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			other, third := f.begin(""), f.begin("")
			f.settle(sent(f.takeOne(), queue.Gone))
			for _, p := range []queue.Pass{other, third} {
				f.wantTotals(p, queue.Totals{Found: 2, Elsewhere: 1, IDs: queue.ByState{1, 0, 0, 0, 0}})
			}
		}},
		{"the totals of a pass whose process died are as it left them", passDies},
		{"an ID that is lent to one pass cannot be settled by another", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			mine, other := f.takeOne(), f.begin("")
			f.swap(other)
			theirs := f.takeOne()
			for _, o := range []queue.Outcome{sent(mine, queue.Deleted), unsent(mine)} {
				if err := f.Settle(f.ctx, []queue.Outcome{sent(theirs, queue.Deleted), o}); err == nil {
					f.Error("it was settled")
				}
			}
			f.wantTotals(other, queue.Totals{Found: 2, IDs: queue.ByState{2, 0, 0, 0, 0}})
			f.settle(unsent(theirs))
			f.swap(f.begin(""))
			f.settle(sent(f.takeOne(), queue.Deleted)) // given back by one pass, and lent to another
		}},
		{"what is tried again counts once", func(f *fixture) {
			f.load("a", 1, id(1))
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			f.settle(unsent(f.takeOne()))
			f.settle(behind(f.takeOne(), now().Add(-time.Second)))
			f.wantTotals(f.Pass, queue.Totals{Loaded: 1, IDs: queue.ByState{1, 0, 0, 0, 0}})
			f.settle(sent(f.takeOne(), queue.Deleted))
			f.wantTotals(f.Pass, queue.Totals{Loaded: 1, IDs: queue.ByState{0, 1, 0, 0, 0}})
		}},
		{"what is refused, dropped or forgotten changes no totals", passUnchanged},
		{"an ID that is set aside counts for the pass that does so", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.takeOne()
			for range 2 {
				f.crash()
				f.takeOne()
			}
			f.crash()
			other := f.begin("")
			if aside, err := f.SetAside(f.ctx); err != nil || len(aside) != 1 {
				f.Errorf("SetAside = %+v, %v", aside, err)
			}
			f.wantTotals(f.Pass, queue.Totals{Found: 2, IDs: queue.ByState{queue.Pending: 1, queue.Dead: 1}})
			f.wantTotals(other, queue.Totals{Found: 2, Elsewhere: 1, IDs: queue.ByState{queue.Pending: 1}})
		}},
		{"nothing works in a pass that has ended, and the others go on", passEnds},
	}
}

// wantTotals checks the totals of a pass, and that they balance.
func (f *fixture) wantTotals(p queue.Pass, want queue.Totals) {
	f.Helper()
	got, err := p.Totals(f.ctx)
	if err != nil {
		f.Fatalf("Totals: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("totals (-want +got):\n%s", diff)
	}
	if got.Total() != got.IDs.Sum() {
		f.Errorf("the pass does not balance: %+v", got)
	}
	if pending := f.counts().Pending; got.IDs[queue.Pending] != pending {
		f.Errorf("%d are pending by the totals, %d by the ledger", got.IDs[queue.Pending], pending)
	}
}

// swap makes p the pass that the fixture works for, and returns the one before.
func (f *fixture) swap(p queue.Pass) (before queue.Pass) {
	before, f.Pass = f.Pass, p
	return before
}

// end ends the pass that the fixture works for.
func (f *fixture) end() {
	f.Helper()
	if err := f.End(f.ctx); err != nil {
		f.Fatalf("End: %v", err)
	}
}

func passCounts(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.end()
	f.swap(f.begin(""))
	f.wantTotals(f.Pass, queue.Totals{Found: 3, IDs: queue.ByState{queue.Pending: 3}})
	f.load("b", 4, ids(3, 5)...) // one is known
	for _, s := range []queue.State{queue.Deleted, queue.Deleted, queue.Gone, queue.Protected, queue.Dead, queue.Dead} {
		f.settle(sent(f.takeOne(), s))
	}
	f.wantTotals(f.Pass, queue.Totals{Found: 3, Loaded: 4, IDs: queue.ByState{1, 2, 1, 1, 2}})
	f.requeue(2, queue.Filter{})
	f.settle(dead(f.takeOne(), "again", now()))
	f.wantTotals(f.Pass, queue.Totals{Found: 3, Loaded: 4, Requeued: 2, IDs: queue.ByState{2, 2, 1, 1, 3}})
	f.audit()
}

func passesInTurn(f *fixture) {
	f.load("a", 5, ids(1, 5)...)
	first := f.Pass
	f.settle(sent(f.takeOne(), queue.Deleted))
	f.settle(sent(f.takeOne(), queue.Dead))
	f.wantTotals(first, queue.Totals{Loaded: 5, IDs: queue.ByState{queue.Pending: 3, queue.Deleted: 1, queue.Dead: 1}})
	f.end()
	f.swap(f.begin(""))
	if f.ID() == first.ID() {
		f.Errorf("two passes have the ID %d", first.ID())
	}
	f.wantTotals(f.Pass, queue.Totals{Found: 3, IDs: queue.ByState{queue.Pending: 3}})
	f.requeue(1, queue.Filter{})
	f.settleAll(queue.Gone)
	f.wantTotals(f.Pass, queue.Totals{Found: 3, Requeued: 1, IDs: queue.ByState{queue.Gone: 4}})
	f.audit()
}

// passesAtOnce has a second pass begin, load, settle and end while a first one is
// under way.
func passesAtOnce(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	first := f.Pass
	mine := f.take(2)
	f.settle(sent(mine[0], queue.Deleted))
	second := f.begin("")
	f.swap(second)
	theirs := f.take(2)
	f.load("b", 2, ids(7, 2)...)
	f.settle(sent(theirs[0], queue.Dead), sent(theirs[1], queue.Deleted))
	f.requeue(1, queue.Filter{})
	f.wantTotals(second, queue.Totals{Found: 5, Loaded: 2, Requeued: 1, IDs: queue.ByState{6, 1, 0, 0, 1}})
	f.swap(first)
	f.settle(sent(mine[1], queue.Gone))
	f.wantTotals(first, queue.Totals{Loaded: 8, Requeued: 1, Elsewhere: 2, IDs: queue.ByState{5, 1, 1, 0, 0}})
	f.wantTotals(second, queue.Totals{Found: 5, Loaded: 2, Requeued: 1, Elsewhere: 1, IDs: queue.ByState{5, 1, 0, 0, 1}})
	f.audit()
	f.swap(second)
	f.end()
	f.swap(first)
	f.settleAll(queue.Deleted)
	f.wantTotals(first, queue.Totals{Loaded: 8, Requeued: 1, Elsewhere: 2, IDs: queue.ByState{0, 6, 1, 0, 0}})
	f.audit()
}

func passDies(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.end()
	died := f.begin("/results.jsonl")
	f.swap(died)
	if err := f.Note(f.ctx, "waits"); err != nil {
		f.Fatal(err)
	}
	f.settle(sent(f.takeOne(), queue.Protected))
	f.takeOne()
	f.die()
	want := queue.Totals{Found: 3, IDs: queue.ByState{queue.Pending: 2, queue.Protected: 1}}
	ps := f.unfinished()
	if len(ps) != 1 || ps[0].ID != died.ID() || ps[0].Results != "/results.jsonl" || ps[0].Note != "waits" || ps[0].Totals != want {
		f.Fatalf("Unfinished = %+v", ps)
	}
	f.swap(f.begin(""))
	f.takeEach(queue.Deleted)
	f.wantTotals(f.Pass, queue.Totals{Found: 2, IDs: queue.ByState{queue.Deleted: 2}})
	want.Elsewhere, want.IDs[queue.Pending] = 2, 0
	if ps = f.unfinished(); len(ps) != 2 || ps[0].Totals != want {
		f.Errorf("Unfinished = %+v, want the totals %+v first", ps, want)
	}
	for range 2 {
		if err := f.Finish(f.ctx, died.ID()); err != nil {
			f.Errorf("Finish: %v", err)
		}
	}
	if ps = f.unfinished(); len(ps) != 1 || ps[0].ID != f.ID() {
		f.Errorf("Unfinished = %+v, want the pass under way", ps)
	}
	f.audit()
}

func passUnchanged(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	first, second, third := f.takeOne(), f.takeOne(), f.takeOne()
	f.settle(sent(first, queue.Dead), sent(second, queue.Deleted))
	want := queue.Totals{Loaded: 3, IDs: queue.ByState{queue.Pending: 1, queue.Deleted: 1, queue.Dead: 1}}
	if err := f.Settle(f.ctx, []queue.Outcome{sent(third, queue.Gone), sent(first, queue.Gone)}); err == nil {
		f.Error("what was not lent is settled")
	}
	f.drop(1, queue.Filter{})
	if n, err := f.Forget(f.ctx, keepYoungest); n != 1 || err != nil {
		f.Errorf("Forget = %d, %v, want 1", n, err)
	}
	f.wantTotals(f.Pass, want)
	f.audit()
}

func passEnds(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	other := f.begin("")
	d := f.takeOne()
	f.end()
	_, _, take := f.Take(f.ctx, 1, time.Now())
	_, _, waiting := f.TakeWaiting(f.ctx, 1, time.Now())
	_, sample := f.Sample(f.ctx, 1, time.Now())
	_, aside := f.SetAside(f.ctx)
	_, totals := f.Totals(f.ctx)
	for verb, err := range map[string]error{
		"Take": take, "TakeWaiting": waiting, "Sample": sample, "SetAside": aside, "Totals": totals,
		"Settle": f.Settle(f.ctx, []queue.Outcome{sent(d, queue.Deleted)}), "Note": f.Note(f.ctx, "x"), "End": f.End(f.ctx),
	} {
		if err == nil {
			f.Errorf("%s works in a pass that has ended", verb)
		}
	}
	f.swap(other)
	f.settleAll(queue.Deleted)
	f.wantTotals(other, queue.Totals{Found: 2, IDs: queue.ByState{queue.Pending: 1, queue.Deleted: 1}})
}
