package queuetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cleaner/internal/queue"
)

func sampleTests() []test {
	return []test{
		{"Sample lends at most n fresh IDs, and nothing twice", func(f *fixture) {
			f.load("a", 30, ids(1, 30)...)
			f.load("b", 30, ids(31, 30)...)
			f.wantIDs(f.sample(0))
			all := f.sample(20)
			if len(all) != 20 {
				f.Fatalf("Sample(20) lent %d", len(all))
			}
			for _, d := range all {
				if want := (queue.Delivery{Seq: d.Seq, ID: d.ID, Batch: batchOf(d)}); d != want {
					f.Errorf("sampled %+v, want %+v", d, want)
				}
			}
			f.wantStates(queue.States{Pending: 60})
			all = append(all, f.take(7)...)
			all = append(all, f.sample(100)...)
			f.wantIDs(all, ids(1, 60)...)
			f.wantIDs(f.sample(1))
			f.takeNothing()
		}},
		{"Sample chooses from the whole list, each ID with the same chance", func(f *fixture) {
			f.load("a", 1_000, ids(1, 1_000)...)
			f.wantUniform(f.place(1_000))
		}},
		{"Sample favours neither what is left at the head nor at the tail", sampleClusters},
		{"IDs that waited, and requeued ones, are not sampled", func(f *fixture) {
			f.load("a", 6, ids(1, 6)...)
			ds := f.take(3)
			f.settle(later(ds[0], now()), dead(ds[1], "c", now()), sent(ds[2], queue.Deleted))
			f.requeue(1, queue.Filter{})
			f.wantIDs(f.sample(10), ids(4, 3)...)
		}},
		{"a sampled ID that is given back unsent leaves no trace", sampleBack},
		{"a sampled ID that is given back unsent is found after a crash, also where Take has gone past it", func(f *fixture) {
			f.load("a", 900, ids(1, 900)...)
			ds := f.sample(10)
			for range 80 {
				for _, d := range f.take(10) {
					f.settle(sent(d, queue.Deleted))
				}
			}
			for _, d := range ds {
				f.settle(unsent(d))
				f.audit()
			}
			f.crash()
			if n := len(f.takeEach(queue.Deleted)); n != 100 {
				f.Errorf("%d are left, want 100", n)
			}
		}},
		{"a sampled ID that is given back unsent is not in doubt after a crash", func(f *fixture) {
			f.load("a", 900, ids(1, 900)...)
			for _, d := range f.sample(40) {
				f.settle(unsent(d))
			}
			f.crash()
			for _, d := range f.take(900) {
				if d.Lost || d.Alone {
					f.Fatalf("lent %+v, which nobody had", d)
				}
			}
		}},
		{"a crash gives back what was sampled, and says that it may have been sent, of nothing else", sampleCrash},
		{"Sample lends nothing while an ID is in doubt or is lent alone", sampleInDoubt},
		{"what is sampled is settled in every way", sampleStates},
		{"Close gives back what was sampled, and says that it may have been sent", func(f *fixture) {
			f.load("a", 20, ids(1, 20)...)
			out := f.sample(2)
			f.reopen()
			for _, d := range f.take(20) {
				if lost := d.ID == out[0].ID || d.ID == out[1].ID; d.Lost != lost || d.Alone {
					f.Errorf("lent %+v, want lost to be %v", d, lost)
				}
			}
		}},
		{"samplers and takers at the same time never share an ID", parallelSamplers},
		{"a Sample whose context has ended lends nothing", func(f *fixture) {
			f.load("a", 1, id(1))
			ctx, cancel := context.WithCancel(f.ctx)
			cancel()
			if ds, err := f.Sample(ctx, 1, now()); !errors.Is(err, context.Canceled) || len(ds) != 0 {
				f.Errorf("Sample = %v, %v", ds, err)
			}
			f.wantIDs(f.take(5), id(1))
		}},
	}
}

// batchOf is the batch of d where a brought the first thirty IDs and b the others.
func batchOf(d queue.Delivery) string {
	if d.ID <= id(30) {
		return "a"
	}
	return "b"
}

// sample samples up to n IDs.
func (f *fixture) sample(n int) []queue.Delivery {
	f.Helper()
	ds, err := f.Sample(f.ctx, n, time.Now())
	if err != nil || len(ds) > n {
		f.Fatalf("Sample(%d) = %+v, %v", n, ds, err)
	}
	return ds
}

// place returns a function that tells in which tenth of the n fresh IDs one stands.
func (f *fixture) place(n int) func(d queue.Delivery) int {
	f.Helper()
	var back []queue.Outcome
	tenth := map[string]int{}
	for i, d := range f.take(n) {
		tenth[d.ID] = i * 10 / n
		back = append(back, unsent(d))
	}
	f.settle(back...)
	f.reopen()
	return func(d queue.Delivery) int { return tenth[d.ID] }
}

// wantUniform samples twenty IDs a hundred times and checks how often each tenth
// of the list was hit, by Pearson's chi-squared test: where all have the same
// chance, the sum is above 27.88 in one of a thousand cases.
func (f *fixture) wantUniform(tenth func(queue.Delivery) int) {
	f.Helper()
	var hits [10]int
	for range 100 {
		var back []queue.Outcome
		for _, d := range f.sample(20) {
			hits[tenth(d)]++
			back = append(back, unsent(d))
		}
		f.settle(back...)
	}
	sum := 0.0
	for _, n := range hits {
		sum += float64((n-200)*(n-200)) / 200
	}
	if sum > 27.88 {
		f.Errorf("the tenths of the list were hit %v times, want about 200 each (%.1f)", hits, sum)
	}
}

// sampleClusters leaves 200 fresh IDs at the head and as many at the tail, with
// settled ones between them.
func sampleClusters(f *fixture) {
	const n, left = 4_000, 200
	f.load("a", n, ids(1, n)...)
	ds := f.take(n)
	var os []queue.Outcome
	for i, d := range ds {
		if i < left || i >= n-left {
			os = append(os, unsent(d))
		} else {
			os = append(os, sent(d, queue.Deleted))
		}
	}
	f.settle(os...)
	f.wantUniform(f.place(2 * left))
}

// sampleBack gives sampled IDs back before and after Take has gone past them.
func sampleBack(f *fixture) {
	const n = 1_500
	f.load("a", n, ids(1, n)...)
	ds := f.sample(60)
	f.settle(unsent(ds[0]), unsent(ds[1]))
	f.settle(unsent(ds[2]))
	out := map[string]bool{}
	for _, d := range ds[3:] {
		out[d.ID] = true
	}
	half := f.take(n / 2)
	if !slices.IsSortedFunc(half, inOrder) {
		f.Error("they are not lent in their old order")
	}
	for _, d := range half {
		if out[d.ID] || d.Lost {
			f.Fatalf("lent %+v", d)
		}
		f.settle(sent(d, queue.Deleted))
	}
	for _, d := range ds[3:] {
		f.settle(unsent(d))
	}
	f.wantStates(queue.States{Pending: n / 2, Deleted: n / 2})
	f.reopen()
	rest := f.take(n)
	if !slices.IsSortedFunc(rest, inOrder) || len(rest) != n/2 {
		f.Errorf("%d are lent after it, want %d in their old order", len(rest), n/2)
	}
	for _, d := range rest {
		if d != (queue.Delivery{Seq: d.Seq, ID: d.ID, Batch: "a"}) {
			f.Errorf("lent %+v", d)
		}
	}
}

// inOrder compares two deliveries by their places; one that is lent twice is out of
// order.
func inOrder(a, b queue.Delivery) int {
	if a.Seq == b.Seq {
		return -1
	}
	return cmp.Compare(a.Seq, b.Seq)
}

func sampleCrash(f *fixture) {
	f.load("a", 900, ids(1, 900)...)
	ds := f.sample(10)
	f.settle(sent(ds[0], queue.Deleted), unsent(ds[1]), later(ds[2], now().Add(-time.Second)))
	f.crash()
	f.wantCounts(queue.Counts{States: queue.States{Pending: 899, Deleted: 1}, Waiting: 1})
	var lost []queue.Delivery
	for _, d := range f.takeEach(queue.Deleted) {
		if d.Lost != d.Alone {
			f.Errorf("alone is not the same as lost: %+v", d)
		}
		if d.Lost {
			lost = append(lost, d)
		}
	}
	var want []string
	for _, d := range ds[3:] {
		want = append(want, d.ID)
	}
	f.wantIDs(lost, want...)
	f.wantStates(queue.States{Deleted: 900})
}

func sampleInDoubt(f *fixture) {
	f.load("a", 100, ids(1, 100)...)
	f.sample(3)
	f.take(3)
	f.crash()
	alone := 0
	for {
		if ds := f.sample(2); len(ds) > 0 {
			break
		}
		d := f.takeOne()
		if alone++; !d.Alone {
			f.Fatalf("lent %+v, and none was sampled after %d that were lent alone", d, alone)
		}
		f.wantIDs(f.sample(2))
		f.settle(sent(d, queue.Deleted))
	}
	if alone < 6 {
		f.Errorf("%d were lent alone, but 6 were out", alone)
	}
	if n := len(f.sample(100)); n != 100-alone-2 {
		f.Errorf("%d more are sampled after %d that were lent alone", n, alone)
	}
}

func sampleStates(f *fixture) {
	f.load("a", 20, ids(1, 20)...)
	ds := f.sample(7)
	kept := unsent(ds[5])
	kept.Due = now().Add(time.Hour)
	f.settle(
		sent(ds[0], queue.Deleted), sent(ds[1], queue.Gone), sent(ds[2], queue.Protected), dead(ds[3], "c", now()),
		later(ds[4], now().Add(time.Hour)), kept, behind(ds[6], now()),
	)
	want := queue.Counts{States: queue.States{Pending: 16, Deleted: 1, Gone: 1, Protected: 1, Dead: 1}, Waiting: 2}
	f.wantCounts(want)
	f.audit()
	f.crash()
	f.wantCounts(want)
	if ls := f.letters(queue.Filter{}); len(ls) != 1 || ls[0].ID != ds[3].ID {
		f.Errorf("dead letters %+v, want %s", ls, ds[3].ID)
	}
	fresh := f.take(13)
	for _, d := range fresh {
		if !d.FirstAt.IsZero() || d.Lost {
			f.Errorf("lent %+v, want a fresh one", d)
		}
	}
	if d := f.takeOne(); d.ID != ds[6].ID || d.Lost {
		f.Errorf("lent %+v last, want %s", d, ds[6].ID)
	}
	f.takeNothing()
}

func parallelSamplers(f *fixture) {
	const n = 3_000
	f.load("a", n, ids(1, n)...)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []queue.Delivery
	for i := range 6 {
		wg.Go(func() {
			for {
				lend := func() (ds []queue.Delivery, err error) { return f.Sample(f.ctx, 5, time.Now()) }
				if i%2 == 0 {
					lend = func() (ds []queue.Delivery, err error) {
						ds, _, err = f.Take(f.ctx, 7, time.Now())
						return ds, err
					}
				}
				ds, err := lend()
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
