package queuetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func holdTests() []test {
	return []test{
		{"nothing of a held batch is lent, fresh or waiting, sampled or not, now or after a restart", holdOneBatch},
		{"a hold says why, and what it keeps", holdSays},
		{"nothing is lent while the whole ledger is held, and loading goes on", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.hold("")
			f.load("b", 2, ids(3, 2)...)
			f.takeNothing()
			f.wantIDs(f.sample(5))
			f.wantCounts(queue.Counts{States: queue.States{Pending: 4}, Held: 4, HeldAll: true})
			f.crash()
			f.takeNothing()
			f.release(queue.Holds{}, 1)
			f.reopen()
			f.wantIDs(f.takeEach(queue.Deleted), ids(1, 4)...)
		}},
		{"a hold that keeps nothing when its pass ends holds nothing that is loaded later, also without a restart", func(f *fixture) {
			f.load("a", 1, id(1))
			d := f.takeOne()
			f.hold("")
			f.settle(sent(d, queue.Deleted))
			f.end()
			f.load("b", 2, ids(2, 2)...)
			f.Pass = f.begin("")
			f.wantIDs(f.takeEach(queue.Deleted), ids(2, 2)...)
		}},
		{"what is lent when its batch is held may be settled, and is not lent again when it goes back", func(f *fixture) {
			f.load("a", 6, ids(1, 6)...)
			f.load("b", 1, id(7))
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			ds := f.take(4)
			f.hold("a")
			f.settle(later(ds[0], now().Add(-time.Second)), unsent(ds[1]), sent(ds[2], queue.Gone), behind(ds[3], now().Add(-time.Second)))
			f.audit()
			f.wantIDs(f.takeEach(queue.Deleted), id(7))
			f.audit()
		}},
		{"a released hold lends again to the next pass, and none of it to the one under way", func(f *fixture) {
			f.load("a", 5, ids(1, 5)...)
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			f.hold("a")
			f.release(queue.Holds{Batch: "a"}, 1)
			f.takeNothing()
			f.wantTotals(f.Pass, queue.Totals{Found: 0, Loaded: 5, Held: 5, IDs: queue.ByState{queue.Pending: 5}})
			f.wantCounts(queue.Counts{States: queue.States{Pending: 5}, Waiting: 1})
			f.end()
			f.Pass = f.begin("")
			f.audit()
			f.wantIDs(f.takeEach(queue.Deleted), ids(1, 5)...)
		}},
		{"dead letters of a held batch that are requeued are held", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.settle(dead(f.takeOne(), "c", now()))
			f.hold("a")
			f.requeue(1, queue.Filter{})
			f.takeNothing()
			f.wantCounts(queue.Counts{States: queue.States{Pending: 3}, Held: 3, HeldBatches: 1})
			f.audit()
		}},
		{"what a batch brought is held, also when another batch names it", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.hold("a")
			f.load("b", 2, ids(2, 4)...)
			f.wantIDs(f.takeEach(queue.Deleted), ids(4, 2)...)
		}},
		{"pending IDs are listed without those that are held", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.load("b", 3, ids(4, 3)...)
			f.load("c", 3, ids(7, 3)...)
			f.hold("b")
			f.wantPending(queue.Scope{}, append(ids(1, 3), ids(7, 3)...)...)
		}},
		{"a confined pass never lends what is held, fresh or waiting, sampled or named by another batch", holdConfined},
		{"what is held and pending out of a scope is counted, and is not listed in it", holdOutside},
		{"withdrawing a held batch releases it, and what another batch has named of it is lent to the next pass", holdWithdrawn},
		{"a hold that was put in a pass and keeps nothing at its end is no more", func(f *fixture) {
			f.load("a", 1, id(1))
			d := f.takeOne()
			f.hold("a", "")
			f.settle(sent(d, queue.Gone))
			f.end()
			if all := f.holds(); len(all) != 0 {
				f.Errorf("holds %+v, want none", all)
			}
		}},
		{"fresh IDs of a held batch are not said to be lost when another process dies meanwhile", holdNotLost},
		{"what may have been under way at a death and is held is lent alone after its release", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.take(1)
			f.hold("a")
			f.crash()
			f.takeNothing()
			f.reopen()
			f.release(queue.Holds{All: true}, 1)
			f.reopen()
			if d := f.takeOne(); !d.Lost || !d.Alone {
				f.Errorf("lent %+v, want one that may have been sent, alone", d)
			}
		}},
	}
}

func holdOneBatch(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.load("b", 700, ids(101, 700)...) // more than is read ahead
	f.load("c", 3, ids(11, 3)...)
	for i, d := range f.take(10) {
		o := later(d, now().Add(-time.Second))
		if i < 3 {
			o = sent(d, queue.Deleted)
		}
		f.settle(o)
	}
	f.hold("b")
	f.hold("b") // once is enough
	f.audit()
	for _, d := range f.sample(10) {
		if d.Batch != "c" {
			f.Errorf("sampled %+v, which is held", d)
		}
		f.settle(unsent(d))
	}
	f.reopen()
	f.audit()
	f.wantIDs(f.takeEach(queue.Deleted), ids(11, 3)...)
	f.wantCounts(queue.Counts{States: queue.States{Deleted: 6, Pending: 700}, Waiting: 7, Held: 700, HeldBatches: 1})
	f.reopen()
	f.release(queue.Holds{Batch: "b"}, 1)
	f.reopen()
	f.audit()
	n := 0
	for ds := f.take(100); len(ds) > 0; ds = f.take(100) {
		var os []queue.Outcome
		for _, d := range ds {
			os = append(os, sent(d, queue.Deleted))
		}
		f.settle(os...)
		n += len(os)
	}
	if n != 700 {
		f.Errorf("%d were lent after the release, want 700", n)
	}
}

func holdSays(f *fixture) {
	at := now().UTC().Truncate(time.Millisecond)
	f.load("a", 3, ids(1, 3)...)
	f.load("b", 2, ids(4, 2)...)
	want := queue.Hold{Batch: "b", Kind: "not_found_share", Why: "65 of 100 were not there", At: at, Sent: 100, Bad: 65, Limit: 0.5}
	if err := f.Hold(f.ctx, want, queue.Hold{Batch: "nobody's"}); err != nil {
		f.Fatal(err)
	}
	want.Pending = 2
	if diff := cmp.Diff([]queue.Hold{want}, f.holds()); diff != "" {
		f.Errorf("holds (-want +got):\n%s", diff)
	}
	f.release(queue.Holds{Batch: "a"}, 0)
	f.release(queue.Holds{}, 0)
	r := queue.Release{At: at, By: "ann@host", Reason: "looked at it"}
	got, err := f.Release(f.ctx, queue.Holds{All: true}, r)
	want.Released, want.Pending = &r, 0
	if diff := cmp.Diff([]queue.Hold{want}, got); diff != "" || err != nil {
		f.Errorf("Release: %v (-want +got):\n%s", err, diff)
	}
	f.reopen()
	if diff := cmp.Diff([]queue.Hold{want}, f.holds()); diff != "" {
		f.Errorf("holds after the release (-want +got):\n%s", diff)
	}
	f.hold("b") // again
	if all := f.holds(); len(all) != 2 || all[0].Released != nil || all[1].Released == nil {
		f.Errorf("holds %+v, want one in force and then the one that was released", all)
	}
}

// heldAndOther are a held batch of six IDs, of which two wait, and another one that has named
// three of them, the first and the last that wait among them, and brought one.
func heldAndOther(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	for _, d := range f.take(2) {
		f.settle(later(d, now().Add(-time.Minute)))
	}
	f.load("b", 1, id(2), id(4), id(6), id(7))
	f.hold("a")
}

func holdConfined(f *fixture) {
	heldAndOther(f)
	for _, again := range []func(){func() {}, f.reopen} {
		again()
		f.confine("a")
		f.takeNothing()
		f.wantIDs(f.sample(5))
		f.confine("a", "b")
		for _, d := range f.sample(5) {
			f.wantIDs([]queue.Delivery{d}, id(7))
			f.settle(unsent(d))
		}
		d := f.takeOne()
		f.wantIDs([]queue.Delivery{d}, id(7))
		f.takeNothing()
		f.settle(unsent(d))
		f.audit()
	}
	f.hold("")
	f.takeNothing()
	f.release(queue.Holds{All: true}, 2)
	f.takeNothing() // of this pass
	before := f.Pass
	f.Pass = f.begin("")
	f.confine("b")
	f.wantIDs(f.takeEach(queue.Deleted), id(2), id(4), id(6), id(7))
	f.Pass = before // which is confined too
	f.wantIDs(f.takeEach(queue.Deleted), id(1), id(3), id(5))
	f.audit()
}

func holdOutside(f *fixture) {
	heldAndOther(f)
	f.loadOf(list("c", "c.txt", ""), "c", 2, id(8), id(9))
	for _, row := range []struct {
		scope queue.Scope
		out   []queue.SourceCount
		in    []string
	}{
		{queue.Only("a"), []queue.SourceCount{{Source: "c.txt", Count: 2}, {Source: "a test", Count: 1}}, nil},
		{queue.Only("b"), []queue.SourceCount{{Source: "a test", Count: 3, Held: 3}, {Source: "c.txt", Count: 2}}, ids(7, 1)},
		{queue.Only("c"), []queue.SourceCount{{Source: "a test", Count: 7, Held: 6}}, ids(8, 2)},
	} {
		got, err := f.Outside(f.ctx, row.scope)
		if diff := cmp.Diff(row.out, got); diff != "" || err != nil {
			f.Errorf("Outside(%v) (-want +got):\n%s%v", row.scope, diff, err)
		}
		f.wantPending(row.scope, row.in...)
	}
	f.hold("")
	f.wantPending(queue.Only("c"))
	if got, err := f.Outside(f.ctx, queue.Only("a")); err != nil || got[0].Held != 2 || got[1].Held != 1 {
		f.Errorf("Outside = %+v, %v, want all of it held", got, err)
	}
}

func holdWithdrawn(f *fixture) {
	heldAndOther(f)
	if bs := f.batches(); bs[0].Held == "" || bs[1].Held != "" {
		f.Errorf("Batches = %+v, want the first held, and why", bs)
	}
	f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 3, Kept: 3})
	if all := f.holds(); len(all) != 1 || all[0].Released == nil || all[0].Released.Reason != "the batch was withdrawn: a test" {
		f.Errorf("holds %+v, want one that was released, and why", all)
	}
	if bs := f.batches(); bs[0].Held != "" {
		f.Errorf("Batches = %+v, want none held", bs)
	}
	f.wantIDs(f.takeEach(queue.Deleted), id(7))
	f.audit()
	f.reopen()
	f.wantIDs(f.takeEach(queue.Deleted), id(2), id(4), id(6))
	f.wantStates(queue.States{Deleted: 4, Withdrawn: 3})
	f.load("c", 3, ids(1, 6)...)
	f.wantIDs(f.takeEach(queue.Gone), id(1), id(3), id(5))
	f.audit()
}

// wantPending checks which IDs of a scope are pending and not held.
func (f *fixture) wantPending(s queue.Scope, want ...string) {
	f.Helper()
	var got []string
	for id, err := range f.Pending(f.ctx, s) {
		if err != nil {
			f.Fatal(err)
		}
		got = append(got, id)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("pending in %v (-want +got):\n%s", s, diff)
	}
}

func holdNotLost(f *fixture) {
	f.load("a", 40, ids(1, 40)...)
	f.load("b", 40, ids(101, 40)...)
	f.settle(sent(f.takeOne(), queue.Gone))
	f.hold("a")
	f.crash()
	f.takeOne() // of b
	f.crash()
	f.release(queue.Holds{All: true}, 1)
	f.reopen()
	lost := 0
	for ds := f.take(50); len(ds) > 0; ds = f.take(50) {
		for _, d := range ds {
			if d.Lost {
				lost++
			}
			f.settle(sent(d, queue.Deleted))
		}
	}
	if lost > 20 {
		f.Errorf("%d of 79 are said to be lost, and few can have been sent", lost)
	}
}

// hold holds batches; an empty name is the whole ledger.
func (f *fixture) hold(batches ...string) {
	f.Helper()
	var all []queue.Hold
	for _, b := range batches {
		all = append(all, queue.Hold{Batch: b, Kind: "failed_share", Why: "a test"})
	}
	if err := f.Hold(f.ctx, all...); err != nil {
		f.Fatalf("Hold: %v", err)
	}
}

// release releases holds and checks how many they were.
func (f *fixture) release(which queue.Holds, want int) {
	f.Helper()
	got, err := f.Release(f.ctx, which, queue.Release{By: "a test", Reason: "a test"})
	if err != nil || len(got) != want {
		f.Errorf("Release = %+v, %v, want %d", got, err, want)
	}
}

// holds returns the holds there are.
func (f *fixture) holds() []queue.Hold {
	f.Helper()
	all, err := f.Holds(f.ctx)
	if err != nil {
		f.Fatalf("Holds: %v", err)
	}
	return all
}
