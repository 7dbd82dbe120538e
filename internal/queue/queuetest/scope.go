package queuetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func scopeTests() []test {
	return []test{
		{"a confined pass lends what its batches have named, and nothing else", confined},
		{"what is out of scope is lent by the next pass, as if there had been no other", func(f *fixture) {
			f.load("a", 5, ids(1, 5)...)
			f.settle(later(f.takeOne(), now().Add(-time.Minute)))
			f.load("b", 1, id(9))
			f.confine("b")
			f.settle(sent(f.takeOne(), queue.Deleted))
			f.wantIDs(f.take(5))
			f.reopen()
			ds := f.take(9)
			f.wantIDs(ds, ids(1, 5)...)
			for _, d := range ds {
				if d.Lost || d.Alone {
					f.Errorf("lent %+v, which no process may have sent unseen", d)
				}
			}
		}},
		{"a confined pass tells when its waiting IDs are due, and not when others are", func(f *fixture) {
			f.load("a", 1, id(1))
			f.load("b", 1, id(2))
			ds := f.take(2)
			due := now().Add(time.Hour)
			f.settle(later(ds[0], due.Add(-time.Minute)), later(ds[1], due))
			f.confine("b")
			f.wantNext(due)
			if ds, next, err := f.TakeWaiting(f.ctx, 5, due); len(ds) != 1 || ds[0].ID != id(2) || err != nil {
				f.Errorf("TakeWaiting = %+v, %v, %v, want the one that is due", ds, next, err)
			}
		}},
		{"a confined pass gives those that waited a fifth of the room", func(f *fixture) {
			f.load("a", 40, ids(1, 40)...)
			var os []queue.Outcome
			for _, d := range f.take(10) {
				os = append(os, later(d, now().Add(-time.Minute)))
			}
			f.settle(os...)
			f.load("b", 1, ids(1, 41)...)
			f.confine("b")
			ds, _, err := f.Take(f.ctx, 10, time.Now())
			waited := 0
			for _, d := range ds {
				if !d.FirstAt.IsZero() {
					waited++
				}
			}
			if len(ds) != 10 || waited != 2 || err != nil {
				f.Errorf("%d of %d have waited, %v, want 2 of 10", waited, len(ds), err)
			}
		}},
		{"what is given back to a confined pass is lent again", func(f *fixture) {
			f.load("a", 1, id(1))
			f.load("b", 600, ids(2, 600)...)
			f.confine("b")
			all := f.take(1_000)
			f.wantIDs(f.take(1))
			f.settle(unsent(all[300]), unsent(all[5]))
			f.wantIDs(f.take(5), all[300].ID, all[5].ID)
			f.wantCounts(queue.Counts{States: queue.States{Pending: 601}})
		}},
		{"a crash of a confined pass leaves in doubt what it was lent, and is of what is in scope alone", confinedCrash},
		{"a sample of a confined pass is of its scope", func(f *fixture) {
			f.load("a", 50, ids(1, 50)...)
			f.load("b", 2, id(3), id(4), id(61), id(62))
			f.confine("b")
			f.settle(sent(f.takeOne(), queue.Deleted))
			ds, err := f.Sample(f.ctx, 5, time.Now())
			if err != nil || len(ds) != 3 {
				f.Fatalf("Sample = %+v, %v, want the three that are left", ds, err)
			}
			f.wantIDs(f.take(5))
			for _, d := range ds {
				f.settle(unsent(d))
			}
			f.wantIDs(f.take(5), ds[0].ID, ds[1].ID, ds[2].ID)
			f.audit()
		}},
		{"what is pending in and out of a scope is told", outside},
		{"a scope of a batch that there is not is refused", func(f *fixture) {
			f.load("a", 1, id(1))
			scope := queue.Only("a", "b")
			_, err := f.Outside(f.ctx, scope)
			for _, err := range []error{err, f.Confine(f.ctx, scope)} {
				if missing, ok := errors.AsType[*queue.NoBatchError](err); !ok || missing.Name != "b" {
					f.Errorf("it fails with %v", err)
				}
			}
		}},
	}
}

// confine confines the pass to batches.
func (f *fixture) confine(batches ...string) {
	f.Helper()
	if err := f.Confine(f.ctx, queue.Only(batches...)); err != nil {
		f.Fatalf("Confine: %v", err)
	}
}

func confined(f *fixture) {
	f.load("wrong", 20, ids(1, 20)...)
	ds := f.take(2)
	f.settle(later(ds[0], now().Add(-time.Minute)), later(ds[1], now().Add(-time.Minute)))
	f.load("right", 2, ds[0].ID, id(20), id(21), id(22))
	f.confine("right")
	f.wantIDs(f.take(30), ds[0].ID, id(20), id(21), id(22))
	f.Pass = f.begin("")
	f.confine()
	f.wantIDs(f.take(30))
	f.confine("wrong", "right")
	f.wantIDs(f.take(30), ids(2, 18)...) // all but the first and the last, which are lent
	if err := f.Confine(f.ctx, queue.Scope{}); err != nil {
		f.Error(err)
	}
	f.load("more", 1, id(23))
	f.wantIDs(f.take(30), id(23))
	f.audit()
}

func confinedCrash(f *fixture) {
	f.load("a", 30, ids(1, 30)...)
	first := f.take(2)
	f.crash()
	f.load("b", 3, id(41), id(42), first[0].ID, id(43))
	f.confine("b")
	if d := f.takeOne(); d.ID != first[0].ID || !d.Alone || !d.Lost {
		f.Errorf("lent %+v, want %s alone", d, first[0].ID)
	} else {
		f.settle(sent(d, queue.Deleted))
	}
	lent := f.take(2)
	for _, d := range lent {
		if d.Alone || d.Lost {
			f.Errorf("lent %+v, which no process has sent", d)
		}
	}
	f.crash()
	f.confine("b")
	for range lent {
		d := f.takeOne()
		if !d.Alone || !d.Lost {
			f.Errorf("lent %+v, want it alone: it may have been sent", d)
		}
		f.settle(sent(d, queue.Deleted))
	}
	if d := f.takeOne(); d.Alone || d.Lost {
		f.Errorf("lent %+v, which no process has sent", d)
	} else {
		f.settle(sent(d, queue.Gone))
	}
	f.wantIDs(f.take(5))
	f.audit()
	f.Pass = f.begin("")
	if d := f.takeOne(); d.ID != first[1].ID || !d.Alone {
		f.Errorf("lent %+v, want %s alone, which was lent at the first crash", d, first[1].ID)
	} else {
		f.settle(sent(d, queue.Deleted))
	}
	f.takeEach(queue.Deleted)
	f.wantStates(queue.States{Deleted: 32, Gone: 1})
}

func outside(f *fixture) {
	f.loadOf(list("a", "one.txt", ""), "a", 10, ids(1, 10)...)
	f.loadOf(list("b", "two.txt", ""), "b", 2, ids(11, 2)...)
	f.loadOf(list("c", "one.txt", ""), "c", 1, id(13), id(1), id(2))
	f.settle(sent(f.takeOne(), queue.Deleted)) // the first, which both one.txt have named
	for _, row := range []struct {
		scope queue.Scope
		out   []queue.SourceCount
		in    int
	}{
		{queue.Scope{}, nil, 12},
		{queue.Only(), []queue.SourceCount{{Source: "one.txt", Count: 10}, {Source: "two.txt", Count: 2}}, 0},
		{queue.Only("a", "b", "c"), nil, 12},
		{queue.Only("b"), []queue.SourceCount{{Source: "one.txt", Count: 10}}, 2},
		{queue.Only("c", "b"), []queue.SourceCount{{Source: "one.txt", Count: 8}}, 4},
	} {
		got, err := f.Outside(f.ctx, row.scope)
		if diff := cmp.Diff(row.out, got); diff != "" || err != nil {
			f.Errorf("Outside(%v) (-want +got):\n%s%v", row.scope, diff, err)
		}
		if n := f.pendingOf(row.scope); n != row.in {
			f.Errorf("%d are pending in %v, want %d", n, row.scope, row.in)
		}
	}
}

// pendingOf counts the pending IDs of a scope.
func (f *fixture) pendingOf(s queue.Scope) (n int) {
	f.Helper()
	for _, err := range f.Pending(f.ctx, s) {
		if err != nil {
			f.Fatalf("Pending(%v): %v", s, err)
		}
		n++
	}
	return n
}
