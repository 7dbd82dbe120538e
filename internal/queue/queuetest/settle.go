package queuetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func settleTests() []test {
	return []test{
		{"every state is counted, and stays over reopening", everyState},
		{"nothing to settle is no error", func(f *fixture) { f.settle() }},
		{"settled IDs are not lent again", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.settle(sent(f.takeOne(), queue.Deleted))
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			f.settle(sent(f.takeOne(), queue.Gone))
			f.wantIDs(f.take(5))
			f.crash()
			f.wantIDs(f.take(5))
			f.wantStates(queue.States{Deleted: 1, Gone: 1})
		}},
		{"what cannot be settled changes nothing", refusedOutcomes},
		{"a Settle whose context has ended settles nothing", func(f *fixture) {
			f.load("a", 1, id(1))
			d := f.takeOne()
			ctx, cancel := context.WithCancel(f.ctx)
			cancel()
			if err := f.Settle(ctx, []queue.Outcome{sent(d, queue.Deleted)}); !errors.Is(err, context.Canceled) {
				f.Errorf("Settle = %v", err)
			}
			f.wantStates(queue.States{Pending: 1})
			f.settle(sent(d, queue.Deleted)) // the lease stands
		}},
		{"an ID given back unsent leaves no trace", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			first := f.takeOne()
			f.take(1)
			f.settle(unsent(first))
			f.wantStates(queue.States{Pending: 3})
			if diff := cmp.Diff(first, f.takeOne()); diff != "" {
				f.Errorf("the oldest is lent again, unchanged (-want +got):\n%s", diff)
			}
		}},
		{"an ID given back unsent keeps the history it had", func(f *fixture) {
			f.load("a", 1, id(1))
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			d := f.takeOne()
			o := unsent(d)
			o.FirstAt = time.Time{} // never sent this time
			f.settle(o)
			f.wantCounts(queue.Counts{States: queue.States{Pending: 1}, Waiting: 1})
			if diff := cmp.Diff(d, f.takeOne()); diff != "" {
				f.Errorf("delivery (-want +got):\n%s", diff)
			}
		}},
		{"an ID kept back unsent is due when it says", func(f *fixture) {
			f.load("a", 1, id(1))
			o := unsent(f.takeOne())
			o.Due = now().Add(time.Hour)
			f.settle(o)
			f.wantStates(queue.States{Pending: 1})
			f.wantNext(o.Due)
			f.reopen()
			f.wantNext(o.Due)
		}},
		{"a task that is found running waits and spends no attempt", func(f *fixture) {
			f.load("a", 1, id(1))
			o := later(f.takeOne(), time.Time{})
			o.Attempts = 0
			f.settle(o)
			if got := f.takeOne(); got.Attempts != 0 || !got.FirstAt.Equal(o.FirstAt) || !got.LastAt.Equal(o.At) {
				f.Errorf("delivery is %+v", got)
			}
		}},
		{"outcomes of several batches are settled at once", func(f *fixture) {
			f.load("a", 20, ids(1, 20)...)
			f.load("b", 20, ids(21, 20)...)
			var os []queue.Outcome
			for i, d := range f.take(40) {
				os = append(os, sent(d, queue.State(i%5)))
			}
			f.settle(os...)
			f.wantCounts(queue.Counts{States: queue.States{Pending: 8, Deleted: 8, Gone: 8, Protected: 8, Dead: 8}, Waiting: 8})
		}},
		{"the oldest pending batch is told", oldestPending},
	}
}

func everyState(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	states := []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead, queue.Pending}
	for _, s := range states {
		o := sent(f.takeOne(), s)
		if s == queue.Pending {
			o.Due = now().Add(time.Hour)
		}
		f.settle(o)
	}
	want := queue.Counts{States: queue.States{Pending: 2, Deleted: 1, Gone: 1, Protected: 1, Dead: 1}, Waiting: 1}
	f.wantCounts(want)
	f.reopen()
	f.wantCounts(want)
	if c := f.counts(); c.Loaded() != 6 {
		f.Errorf("the ledger has %d, loaded were 6", c.Loaded())
	}
}

// refusedOutcomes puts one outcome that cannot be settled beside a good one.
func refusedOutcomes(f *fixture) {
	f.load("a", 3, ids(1, 3)...)
	settled, back, good := f.takeOne(), f.takeOne(), f.takeOne()
	f.settle(sent(settled, queue.Deleted))
	f.settle(later(back, now().Add(time.Hour)))
	unknown := queue.Delivery{Seq: 1 << 40, ID: id(99)}
	other := good
	other.ID = id(98)
	for _, row := range []struct {
		name string
		bad  queue.Outcome
	}{
		{"unknown", sent(unknown, queue.Deleted)},
		{"settled already", sent(settled, queue.Gone)},
		{"settled already, given back", unsent(settled)},
		{"given back already", sent(back, queue.Deleted)},
		{"twice in one call", sent(good, queue.Gone)},
		{"another ID in its place", sent(other, queue.Deleted)},
		{"withdrawn, which a batch is and no delivery", sent(good, queue.Withdrawn)},
		{"no such state", queue.Outcome{Delivery: good, State: queue.Withdrawn + 1}},
	} {
		f.Run(row.name, func(t *testing.T) {
			if err := f.Settle(f.ctx, []queue.Outcome{sent(good, queue.Deleted), row.bad}); err == nil {
				t.Error("it was settled")
			}
			if err := f.Settle(f.ctx, []queue.Outcome{row.bad, sent(good, queue.Deleted)}); err == nil {
				t.Error("it was settled")
			}
		})
		f.wantCounts(queue.Counts{States: queue.States{Pending: 2, Deleted: 1}, Waiting: 1})
	}
	f.settle(sent(good, queue.Deleted))
}

func oldestPending(f *fixture) {
	before := now()
	f.load("a", 1, id(1))
	between := f.counts().OldestPending
	if between.Before(before) || between.After(time.Now()) {
		f.Errorf("the oldest batch is said to be of %v", between)
	}
	<-time.After(5 * time.Millisecond)
	f.load("b", 1, id(2))
	if got := f.counts().OldestPending; !got.Equal(between) {
		f.Errorf("the oldest batch is said to be of %v, want %v", got, between)
	}
	f.settle(sent(f.takeOne(), queue.Deleted))
	if got := f.counts().OldestPending; !got.After(between) {
		f.Errorf("the oldest batch is said to be of %v, want one after %v", got, between)
	}
}
