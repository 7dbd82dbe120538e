package queuetest

import (
	"time"

	"cleaner/internal/queue"
)

func crashTests() []test {
	return []test{
		{"a crash gives back leases, and says what may have been sent", crashGivesBack},
		{"what may have been under way at a crash is lent alone", crashLendsAlone},
		{"an ID at which the process died twice is set aside", crashSetsAside},
		{"an ID that waited is set aside as well, with its history", crashSetsAsideWaiting},
		{"a crash between two blames neither, and one while none is lent nobody", crashBetween},
		{"two deaths with one that came through between them are chance", crashByChance},
		{"one that is given back unsent is lent alone again, and is not acquitted", crashUnsent},
		{"suspects are lent before those that waited, and are not kept from their turn", crashSuspectsFirst},
		{"Close gives back leases", closeGivesBack},
		{"an ID returned before a Close is not said to be lost", closeReturned},
		{"an unfinished load is gone after a crash", crashDuringLoad},
		{"Close twice is no error, and nothing works after it", closeTwice},
	}
}

func crashGivesBack(f *fixture) {
	f.load("a", 4, ids(1, 4)...)
	f.settle(later(f.takeOne(), now().Add(-time.Second)))
	lent := f.take(3) // the one that waited, and two new ones
	f.crash()
	f.wantCounts(queue.Counts{States: queue.States{Pending: 4}, Waiting: 1})
	again := f.takeEach(queue.Deleted)
	f.wantIDs(again, ids(1, 4)...)
	lost := map[string]bool{}
	for _, d := range again {
		lost[d.ID] = d.Lost
	}
	for _, d := range lent {
		if !lost[d.ID] {
			f.Errorf("%s may have been sent before the crash, and nobody says so", d.ID)
		}
	}
}

func crashLendsAlone(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	f.settle(later(f.takeOne(), now().Add(-time.Second)))
	f.take(3)
	f.crash()
	first := f.take(10)
	if len(first) != 1 || !first[0].Alone {
		f.Fatalf("lent %+v, want one, alone", first)
	}
	f.settle(later(first[0], now().Add(-time.Second)))
	for _, d := range f.takeEach(queue.Deleted) {
		if d.Lost != d.Alone && d.ID != first[0].ID {
			f.Errorf("alone is not the same as lost: %+v", d)
		}
	}
	f.wantStates(queue.States{Deleted: 6})
}

func crashSetsAside(f *fixture) {
	f.load("a", 4, ids(1, 4)...)
	f.take(2)
	f.crash()
	poison := f.takeOne()
	f.crash()
	f.wantStates(queue.States{Pending: 4})
	if d := f.takeOne(); d.ID != poison.ID || !d.Alone {
		f.Errorf("lent %+v, want %s alone once more", d, poison.ID)
	}
	f.crash()
	f.wantStates(queue.States{Pending: 4})
	f.reopen() // somebody looks in between
	aside, err := f.SetAside(f.ctx)
	if err != nil || len(aside) != 1 || aside[0].Delivery.ID != poison.ID || aside[0].State != queue.Dead {
		f.Errorf("SetAside = %+v, %v, want %s", aside, err, poison.ID)
	}
	if aside, err := f.SetAside(f.ctx); err != nil || len(aside) != 0 {
		f.Errorf("SetAside again = %+v, %v", aside, err)
	}
	f.wantStates(queue.States{Pending: 3, Dead: 1})
	ls := f.letters(queue.Filter{Code: queue.PoisonCode})
	if len(ls) != 1 || ls[0].ID != poison.ID || ls[0].Batch != "a" || ls[0].Reason == "" {
		f.Errorf("dead letters %+v, want %s", ls, poison.ID)
	}
	if n := len(f.takeEach(queue.Deleted)); n != 3 {
		f.Errorf("%d are left, want 3", n)
	}
	f.requeue(1, queue.Filter{Code: queue.PoisonCode})
	if d := f.takeOne(); d.ID != poison.ID || !d.Lost {
		f.Errorf("requeued: %+v", d)
	}
}

func crashSetsAsideWaiting(f *fixture) {
	f.load("a", 1, id(1))
	f.settle(later(f.takeOne(), now().Add(-time.Second)))
	f.takeOne()
	f.crash()
	for range 2 {
		if d := f.takeOne(); !d.Alone || d.Attempts != 1 {
			f.Errorf("lent %+v, want it alone with one attempt", d)
		}
		f.crash()
	}
	f.wantIDs(f.take(1))
	f.wantStates(queue.States{Dead: 1})
	if ls := f.letters(queue.Filter{}); len(ls) != 1 || ls[0].Attempts != 1 || ls[0].FirstAt.IsZero() {
		f.Errorf("dead letters %+v", ls)
	}
}

func crashBetween(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.take(2)
	f.crash()
	f.settle(sent(f.takeOne(), queue.Deleted))
	f.crash()
	f.crash()
	f.wantStates(queue.States{Pending: 2, Deleted: 1})
	f.takeEach(queue.Gone)
	f.wantStates(queue.States{Gone: 2, Deleted: 1})
}

func crashByChance(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.take(3)
	f.crash()
	first := f.takeOne()
	f.crash()
	f.takeOne()
	f.settle(later(first, now().Add(-time.Second)))
	f.takeOne()
	f.crash()
	f.wantCounts(queue.Counts{States: queue.States{Pending: 3}, Waiting: 1})
}

func crashUnsent(f *fixture) {
	for batch, waited := range map[string]bool{"a": false, "b": true} {
		f.load(batch, 1, batch+"-1")
		if waited {
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
		}
		f.takeOne()
		f.crash()
		f.takeOne()
		f.crash() // it is accused
		first := f.takeOne()
		f.settle(unsent(first))
		f.reopen() // a stop between two deaths, and somebody who looks
		f.reopen()
		if d := f.takeOne(); d.ID != first.ID || !d.Alone {
			f.Errorf("lent %+v, want %s alone", d, first.ID)
		}
		f.crash()
		if aside, err := f.SetAside(f.ctx); err != nil || len(aside) != 1 {
			f.Errorf("SetAside = %+v, %v, want %s", aside, err, first.ID)
		}
	}
}

func crashSuspectsFirst(f *fixture) {
	f.load("a", 9, ids(1, 9)...)
	for _, d := range f.take(4) {
		f.settle(later(d, now().Add(-time.Second)))
	}
	fresh := f.take(9) // of which some waited
	f.crash()
	first := f.takeOne()
	if !first.Alone || !first.FirstAt.IsZero() {
		f.Errorf("lent %+v first of %d, want a fresh suspect alone", first, len(fresh))
	}
	if ds, next, err := f.Take(f.ctx, 5, time.Now()); err != nil || len(ds) != 0 || !next.IsZero() {
		f.Errorf("beside it Take = %+v, %v, %v, want nothing, and nothing to wait for", ds, next, err)
	}
	f.settle(sent(first, queue.Deleted))
	f.takeEach(queue.Deleted)
	f.wantStates(queue.States{Deleted: 9})
}

func closeGivesBack(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	f.take(2)
	f.reopen()
	f.wantIDs(f.take(5), ids(1, 2)...)
}

func closeReturned(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	f.settle(later(f.takeOne(), now().Add(-time.Second)))
	for _, d := range f.take(2) {
		f.settle(unsent(d))
	}
	f.reopen()
	for _, d := range f.take(5) {
		if d.Lost {
			f.Errorf("%s is said to be lost", d.ID)
		}
	}
}

func crashDuringLoad(f *fixture) {
	f.load("a", 1, id(1))
	q := f.Ledger
	_, _ = q.Load(f.ctx, queue.Batch{Name: "b"}, func(yield func(string, error) bool) {
		for _, id := range ids(1, long) {
			if !yield(id, nil) {
				return
			}
		}
		f.crash()
	})
	f.wantStates(queue.States{Pending: 1})
	f.load("b", long-1, ids(1, long)...)
}

func closeTwice(f *fixture) {
	f.load("a", 1, id(1))
	q, p := f.Ledger, f.Pass
	f.reopen()
	if err := q.Close(); err != nil {
		f.Errorf("second Close: %v", err)
	}
	if _, _, err := p.Take(f.ctx, 1, time.Now()); err == nil {
		f.Error("Take works after Close")
	}
	if _, err := q.Load(f.ctx, queue.Batch{Name: "b"}, each(ids(1, 1), nil)); err == nil {
		f.Error("Load works after Close")
	}
	f.wantIDs(f.take(5), id(1))
}
