package queuetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func behindTests() []test {
	return []test{
		{"IDs that are behind are lent when no fresh ID is left, over loads, closes and crashes", behindFresh},
		{"IDs that are behind have no part in the turns of those that waited", behindTurns},
		{"a delivery tells that it is behind, and the last answer", behindTold},
		{"an ID that is behind is not lent before it is due, and Take says when that is", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			ds := f.take(2)
			due := now().Add(time.Hour)
			f.settle(behind(ds[0], due), behind(ds[1], due.Add(time.Hour)))
			f.wantNext(due)
			f.reopen()
			f.wantNext(due)
			f.load("b", 1, id(3))
			f.settle(later(f.takeOne(), due.Add(-time.Minute)))
			f.wantNext(due.Add(-time.Minute))
		}},
		{"an ID that is behind comes forward when its next outcome says so", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			ds := f.take(2)
			f.settle(behind(ds[0], now()), sent(ds[1], queue.Deleted))
			again := f.takeOne()
			f.settle(later(again, now().Add(-time.Second)))
			f.load("b", 5, ids(3, 5)...)
			if d := f.takeOne(); d.ID != ds[0].ID || d.Behind {
				f.Errorf("lent %+v, want %s, not behind", d, ds[0].ID)
			}
		}},
		{"an ID that is blamed though it was never sent is kept with its attempts", behindUnsent},
		{"an ID that was sent before and is blamed unsent keeps when it was sent", func(f *fixture) {
			f.load("a", 1, id(1))
			first := later(f.takeOne(), now())
			f.settle(first)
			o := unsent(f.takeOne())
			o.Behind, o.Attempts = true, 2
			f.settle(o)
			f.wantCounts(queue.Counts{States: queue.States{Pending: 1}, Waiting: 1})
			if d := f.takeOne(); !d.FirstAt.Equal(first.FirstAt) || d.Attempts != 2 || !d.Behind {
				f.Errorf("lent %+v, want it with its first time %v", d, first.FirstAt)
			}
		}},
		{"an ID that was behind and lent at a crash is lent alone, before all others", func(f *fixture) {
			f.load("a", 1, id(1))
			f.settle(behind(f.takeOne(), now().Add(-time.Second)))
			first := f.takeOne()
			f.load("b", 5, ids(2, 5)...)
			f.crash()
			if d := f.takeOne(); d.ID != first.ID || !d.Alone || !d.Behind || !d.Lost {
				f.Errorf("lent %+v, want %s alone, behind", d, first.ID)
			}
		}},
		{"a requeued ID is not behind", func(f *fixture) {
			f.load("a", 1, id(1))
			f.settle(behind(f.takeOne(), now()))
			o := dead(f.takeOne(), "c", now())
			o.Behind = true
			f.settle(o)
			f.requeue(1, queue.Filter{})
			f.load("b", 5, ids(2, 5)...)
			if d := f.takeOne(); d.ID != id(1) || d.Behind {
				f.Errorf("lent %+v, want %s, not behind", d, id(1))
			}
		}},
	}
}

func behindFresh(f *fixture) {
	f.load("a", 5, ids(1, 5)...)
	ds := f.take(2)
	f.settle(behind(ds[0], now().Add(-time.Minute)), behind(ds[1], now().Add(-time.Second)))
	f.wantCounts(queue.Counts{States: queue.States{Pending: 5}, Waiting: 2})
	for _, again := range []func(){func() {}, f.reopen} {
		again()
		fresh := f.take(3)
		f.wantIDs(fresh, ids(3, 3)...)
		for _, d := range fresh {
			f.settle(unsent(d))
		}
	}
	f.load("b", 2, ids(6, 2)...)
	f.crash()
	for range 5 { // some of them alone
		d := f.takeOne()
		if d.Behind {
			f.Errorf("lent %+v before the fresh ones", d)
		}
		f.settle(sent(d, queue.Deleted))
	}
	if d := f.takeOne(); d.ID != ds[0].ID {
		f.Errorf("lent %+v, want the one that is due the longest: %s", d, ds[0].ID)
	}
	f.load("c", 1, id(8))
	f.wantIDs(f.take(1), id(8))
	f.wantIDs(f.take(5), ds[1].ID)
}

func behindTurns(f *fixture) {
	f.load("a", 14, ids(1, 14)...)
	var os []queue.Outcome
	for i, d := range f.take(6) {
		if i < 3 {
			os = append(os, behind(d, now().Add(-time.Hour)))
		} else {
			os = append(os, later(d, now().Add(-time.Second)))
		}
	}
	f.settle(os...)
	waited := func(want int) {
		f.Helper()
		ds, _, err := f.Take(f.ctx, 10, time.Now())
		if err != nil {
			f.Fatal(err)
		}
		got := 0
		for _, d := range ds {
			if d.Behind {
				f.Errorf("lent %+v beside fresh ones", d)
			}
			if !d.FirstAt.IsZero() {
				got++
			}
		}
		if got != want || len(ds) != 10 {
			f.Errorf("%d of %d have waited, want %d of 10", got, len(ds), want)
		}
	}
	waited(2)
	f.load("b", 9, ids(21, 9)...)
	waited(1)
	f.wantIDs(f.take(10), os[0].Delivery.ID, os[1].Delivery.ID, os[2].Delivery.ID)
}

func behindTold(f *fixture) {
	f.load("a", 1, id(1))
	o := behind(f.takeOne(), now())
	o.Code, o.Status, o.Attempts = "CC.00050010", 403, 3
	f.settle(o)
	want := queue.Delivery{
		Seq: o.Delivery.Seq, ID: id(1), Batch: "a", Attempts: 3, FirstAt: o.FirstAt, LastAt: o.At,
		Behind: true, Code: o.Code, Status: 403,
	}
	for _, again := range []func(){func() {}, f.reopen} {
		again()
		got := f.takeOne()
		if diff := cmp.Diff(want, got); diff != "" {
			f.Errorf("delivery (-want +got):\n%s", diff)
		}
		f.settle(unsent(got)) // as it came
	}
}

func behindUnsent(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	d := f.takeOne()
	for attempts := 1; attempts <= 2; attempts++ {
		o := unsent(d)
		o.Behind, o.Attempts, o.Code, o.Status = true, attempts, "CC.00050013", 400
		f.settle(o)
		f.wantStates(queue.States{Pending: 2})
		f.reopen()
		other := f.takeOne()
		got := f.takeOne()
		want := queue.Delivery{
			Seq: d.Seq, ID: d.ID, Batch: "a", Attempts: attempts, Behind: true, Code: "CC.00050013", Status: 400,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			f.Errorf("delivery (-want +got):\n%s", diff)
		}
		f.settle(unsent(other))
		d = got
	}
	f.settle(sent(d, queue.Deleted))
	f.wantStates(queue.States{Pending: 1, Deleted: 1})
}
