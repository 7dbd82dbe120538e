package queuetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func takeTests() []test {
	return []test{
		{"Take lends at most n, and nothing for 0", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.wantIDs(f.take(0))
			if n := len(f.take(2)); n != 2 {
				f.Errorf("Take(2) lent %d", n)
			}
			if n := len(f.take(2)); n != 1 {
				f.Errorf("the rest is %d", n)
			}
		}},
		{"a new delivery has no history", func(f *fixture) {
			f.load("a", 1, id(7))
			got := f.takeOne()
			got.Seq = 0
			if diff := cmp.Diff(queue.Delivery{ID: id(7), Batch: "a"}, got); diff != "" {
				f.Errorf("delivery (-want +got):\n%s", diff)
			}
		}},
		{"what is lent is pending and not lent twice", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.wantIDs(f.take(5), ids(1, 2)...)
			f.wantIDs(f.take(5))
			f.wantStates(queue.States{Pending: 2})
		}},
		{"older batches go first", func(f *fixture) {
			f.load("a", 2, id(8), id(9))
			f.load("b", 2, id(1), id(2))
			f.wantIDs(f.take(2), id(8), id(9))
			f.wantIDs(f.take(2), id(1), id(2))
		}},
		{"IDs that waited and are due go first, the earliest due first", waitersFirst},
		{"those that waited leave most of the room to the others", bothHaveTurns},
		{"what waits is not lent before it is due, and Take says when that is", notBeforeDue},
		{"lent IDs are no reason to wait", func(f *fixture) {
			f.load("a", 1, id(1))
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			f.takeOne()
			f.wantNext(time.Time{})
		}},
		{"the due time and the history survive reopening", dueSurvives},
		{"many takers never share an ID", parallelTakers},
		{"a Take whose context has ended lends nothing", func(f *fixture) {
			f.load("a", 1, id(1))
			ctx, cancel := context.WithCancel(f.ctx)
			cancel()
			if ds, _, err := f.Take(ctx, 1, time.Now()); !errors.Is(err, context.Canceled) || len(ds) != 0 {
				f.Errorf("Take = %v, %v", ds, err)
			}
			f.wantIDs(f.take(5), id(1))
		}},
	}
}

// wantNext checks that nothing is due, and when something will be.
func (f *fixture) wantNext(want time.Time) {
	f.Helper()
	ds, next, err := f.Take(f.ctx, 10, time.Now())
	if err != nil || len(ds) > 0 {
		f.Fatalf("Take = %v, %v, want nothing", ds, err)
	}
	if !next.Equal(want) {
		f.Errorf("next is %v, want %v", next, want)
	}
}

func waitersFirst(f *fixture) {
	f.load("a", 4, ids(1, 4)...)
	ds := f.take(2)
	f.settle(later(ds[0], now().Add(-time.Second)), later(ds[1], now().Add(-time.Minute)))
	f.wantCounts(queue.Counts{States: queue.States{Pending: 4}, Waiting: 2})
	if got := f.takeOne(); got.ID != ds[1].ID {
		f.Errorf("first %s, want the one due the longest: %s", got.ID, ds[1].ID)
	}
	if got := f.takeOne(); got.ID != ds[0].ID {
		f.Errorf("second %s, want the other that waited: %s", got.ID, ds[0].ID)
	}
	if n := len(f.take(10)); n != 2 {
		f.Errorf("%d more, want the 2 new ones", n)
	}
}

// bothHaveTurns: many that waited leave room for those that have not been tried.
func bothHaveTurns(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	var back []queue.Outcome
	for _, d := range f.take(6) {
		back = append(back, later(d, now().Add(-time.Second)))
	}
	f.settle(back...)
	f.load("b", 9, ids(11, 9)...)
	ds, _, err := f.Take(f.ctx, 10, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	fresh := 0
	for _, d := range ds {
		if d.FirstAt.IsZero() {
			fresh++
		}
	}
	if len(ds) != 10 || fresh != 8 {
		f.Errorf("%d of %d are fresh, want 8 of 10", fresh, len(ds))
	}
	if n := len(f.take(10)); n != 5 {
		f.Errorf("%d more, want the fresh one and the 4 that waited", n)
	}
}

func notBeforeDue(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	ds := f.take(2)
	soon := now().Add(150 * time.Millisecond)
	f.settle(later(ds[0], soon.Add(time.Hour)), later(ds[1], soon))
	f.wantNext(soon)
	<-time.After(time.Until(soon.Add(5 * time.Millisecond)))
	f.wantIDs(f.take(10), ds[1].ID)
	f.wantNext(soon.Add(time.Hour))
}

func dueSurvives(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	ds := f.take(2)
	due := now().Add(time.Hour)
	lost := later(ds[0], now().Add(-time.Second))
	lost.Lost, lost.Attempts = true, 3
	f.settle(lost, later(ds[1], due))
	f.crash()
	f.wantCounts(queue.Counts{States: queue.States{Pending: 2}, Waiting: 2})
	want := queue.Delivery{
		Seq: ds[0].Seq, ID: ds[0].ID, Batch: "a", Attempts: 3,
		FirstAt: lost.FirstAt, LastAt: lost.At, Lost: true, Code: lost.Code, Status: lost.Status,
	}
	if diff := cmp.Diff(want, f.takeOne()); diff != "" {
		f.Errorf("delivery (-want +got):\n%s", diff)
	}
	f.wantNext(due)
}

func parallelTakers(f *fixture) {
	const n = 3_000
	f.load("a", n, ids(1, n)...)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []queue.Delivery
	for range 8 {
		wg.Go(func() {
			for {
				ds, _, err := f.Take(f.ctx, 7, time.Now())
				if err != nil {
					f.Error(err)
				}
				if len(ds) == 0 {
					return
				}
				mu.Lock()
				all = append(all, ds...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	f.wantIDs(all, ids(1, n)...)
}
