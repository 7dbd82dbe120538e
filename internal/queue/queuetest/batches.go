package queuetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func batchTests() []test {
	return []test{
		{"an ID that is withdrawn while another load names it is pending when that is whole", withdrawnDuringLoad},
		{"batches tell what they brought, and what became of it", batchesTold},
		{"a list that is read again is the batch that it was", listAgain},
		{"a list that is read again and changed, moved or withdrawn is another batch", func(f *fixture) {
			f.loadOf(list("a", "in.txt", "d1"), "a", 2, ids(1, 2)...)
			f.loadOf(list("b", "in.txt", "d2"), "b", 0, ids(1, 2)...)
			f.loadOf(list("c", "other.txt", "d1"), "c", 0, ids(1, 2)...)
			f.loadOf(list("d", "in.txt", "d1"), "d", 0, id(1))
			f.loadOf(list("e", "in.txt", "d1"), "a", 0, ids(1, 2)...)
			f.withdraw("a", queue.Withdrawal{Source: "in.txt", Kept: 2})
			f.loadOf(list("f", "in.txt", "d1"), "f", 0, ids(1, 2)...)
			f.audit()
		}},
		{"a batch is withdrawn with all that it has pending, but for what another batch has named", withdrawn},
		{"what is settled or lent is not withdrawn", func(f *fixture) {
			f.load("a", 6, ids(1, 6)...)
			ds := f.take(4)
			f.settle(sent(ds[0], queue.Deleted), sent(ds[1], queue.Dead))
			f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 2, Kept: 2})
			f.settle(sent(ds[2], queue.Gone), unsent(ds[3]))
			f.wantIDs(f.take(5), ds[3].ID)
			f.settle(unsent(ds[3]))
			f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 1})
			f.wantStates(queue.States{Deleted: 1, Gone: 1, Dead: 1, Withdrawn: 3})
			f.audit()
		}},
		{"an ID is withdrawn with the last batch that has named it", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.load("b", 1, ids(2, 2)...)
			f.load("c", 0, id(2))
			f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 1, Kept: 1})
			f.withdraw("c", queue.Withdrawal{Source: "a test", Kept: 1})
			f.wantStates(queue.States{Pending: 2, Withdrawn: 1})
			f.withdraw("b", queue.Withdrawal{Source: "a test", Withdrawn: 2})
			f.reopen()
			f.wantStates(queue.States{Withdrawn: 3})
			f.wantIDs(f.take(5))
			f.audit()
		}},
		{"there is no batch of another name to withdraw", func(f *fixture) {
			f.load("a", 1, id(1))
			_, err := f.Withdraw(f.ctx, "b", "a test")
			if missing, ok := errors.AsType[*queue.NoBatchError](err); !ok || missing.Name != "b" {
				f.Errorf("Withdraw = %v", err)
			}
			f.wantStates(queue.States{Pending: 1})
		}},
		{"a withdrawn ID that is named again is pending, in the batch that names it", revived},
		{"a withdrawn ID that may have been deleted says so when it is lent again", maybeDeleted},
		{"a load that fails leaves withdrawn what was", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 3})
			broken := errors.New("broken")
			if _, err := f.Load(f.ctx, queue.Batch{Name: "b"}, each(ids(1, 3), broken)); !errors.Is(err, broken) {
				f.Errorf("Load = %v", err)
			}
			f.wantStates(queue.States{Withdrawn: 3})
			f.crash()
			f.wantStates(queue.States{Withdrawn: 3})
			f.audit()
		}},
		{"a dead letter that is requeued is withdrawn when its batch is again", func(f *fixture) {
			f.bury(2)
			f.withdraw("grave", queue.Withdrawal{Source: "a test"})
			f.requeue(2, queue.Filter{})
			f.withdraw("grave", queue.Withdrawal{Source: "a test", Withdrawn: 2})
			f.wantStates(queue.States{Withdrawn: 2})
		}},
		{"a withdrawn ID that a load under way has named is not forgotten", namedMeanwhile},
		{"who has named an ID is forgotten with it, and with the batch", namesForgotten},
		{"a batch without an ID of its own is kept as long as it is asked for", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.load("b", 0, id(1))
			forgets := func(batches int, keep ...string) {
				if n, err := f.Forget(f.ctx, keepYoungest, keep...); n != 0 || err != nil {
					f.Errorf("Forget = %d, %v", n, err)
				}
				if got := f.batches(); len(got) != batches || got[batches-1].Shared != int64(batches-1) {
					f.Errorf("Batches = %+v, want %d, with %v kept", got, batches, keep)
				}
				f.audit()
			}
			forgets(2, "b", "none")
			forgets(1, "a")
		}},
	}
}

// list is a batch that was read from a source and has a digest.
func list(name, source, digest string) queue.Batch {
	return queue.Batch{Name: name, Source: source, Digest: func() string { return digest }}
}

// withdraw withdraws a batch and checks what became of it.
func (f *fixture) withdraw(batch string, want queue.Withdrawal) {
	f.Helper()
	got, err := f.Withdraw(f.ctx, batch, "a test")
	if err != nil {
		f.Fatalf("Withdraw(%s): %v", batch, err)
	}
	if got != want {
		f.Errorf("Withdraw(%s) = %+v, want %+v", batch, got, want)
	}
}

// batches returns the batches, without their times once these are seen to be there.
func (f *fixture) batches() []queue.BatchInfo {
	f.Helper()
	bs, err := f.Batches(f.ctx)
	if err != nil {
		f.Fatalf("Batches: %v", err)
	}
	for i := range bs {
		if age := time.Since(bs[i].Loaded); age < 0 || age > time.Hour {
			f.Errorf("batch %s was loaded %v ago", bs[i].Name, age)
		}
		bs[i].Loaded = time.Time{}
	}
	return bs
}

func batchesTold(f *fixture) {
	f.loadOf(list("a", "one.txt", "d1"), "a", 5, ids(1, 5)...)
	for _, s := range []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead} {
		f.settle(sent(f.takeOne(), s))
	}
	f.load("b", 1, ids(1, 6)...)
	f.withdraw("b", queue.Withdrawal{Source: "a test", Withdrawn: 1, Kept: 1})
	want := []queue.BatchInfo{
		{
			Name: "a", Source: "one.txt", Digest: "d1",
			States: queue.States{Pending: 1, Deleted: 1, Gone: 1, Protected: 1, Dead: 1},
		},
		{Name: "b", Source: "a test", States: queue.States{Withdrawn: 1}, Shared: 1, Why: "a test"},
	}
	for _, again := range []func(){func() {}, f.reopen} {
		again()
		got := f.batches()
		if at := got[1].WithdrawnAt; at == nil || time.Since(*at) > time.Hour {
			f.Errorf("withdrawn at %v", at)
		}
		got[1].WithdrawnAt = nil
		if diff := cmp.Diff(want, got); diff != "" {
			f.Errorf("Batches (-want +got):\n%s", diff)
		}
	}
}

func listAgain(f *fixture) {
	f.load("old", 1, id(9))
	f.loadOf(list("a", "in.txt", "d1"), "a", 2, id(1), id(2), id(9), id(1))
	for range 3 {
		f.loadOf(list("again", "in.txt", "d1"), "a", 0, id(1), id(2), id(9), id(1))
	}
	f.settle(sent(f.takeOne(), queue.Deleted)) // of the first batch
	if got := f.batches(); len(got) != 2 || got[1].Name != "a" || got[1].Shared != 0 || got[1].Pending != 2 {
		f.Errorf("Batches = %+v, want two, the second as it was", got)
	}
	f.load("fourth", 1, id(3))
	f.loadOf(list("again", "in.txt", "d1"), "a", 0, id(1), id(2), id(9), id(1))
	f.audit()
	f.reopen()
	f.wantIDs(f.take(9), ids(1, 3)...)
}

// withdrawn is a wrong list of 10, of which some wait, and a right one that shares 3.
func withdrawn(f *fixture) {
	f.load("wrong", 10, ids(1, 10)...)
	ds := f.take(4)
	f.settle(later(ds[0], now().Add(-time.Second)), behind(ds[1], now()), later(ds[2], now().Add(time.Hour)), unsent(ds[3]))
	other := f.begin("")
	f.load("right", 1, id(10), id(11), ds[0].ID, ds[1].ID)
	f.withdraw("wrong", queue.Withdrawal{Source: "a test", Withdrawn: 7, Kept: 3})
	f.wantCounts(queue.Counts{States: queue.States{Pending: 4, Withdrawn: 7}, Waiting: 2})
	f.wantTotals(other, queue.Totals{Found: 10, Loaded: 1, Elsewhere: 7, IDs: queue.ByState{queue.Pending: 4}})
	f.audit()
	for _, again := range []func(){func() {}, f.reopen, f.crash} {
		again()
		f.wantCounts(queue.Counts{States: queue.States{Pending: 4, Withdrawn: 7}, Waiting: 2})
	}
	f.wantIDs(f.takeEach(queue.Deleted), id(10), id(11), ds[0].ID, ds[1].ID)
	f.wantStates(queue.States{Deleted: 4, Withdrawn: 7})
	f.audit()
}

func revived(f *fixture) {
	f.load("a", 3, append(ids(1, 2), "ABCDEF0123456789ABCDEF0123456789")...)
	f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 3})
	other := f.begin("")
	f.load("b", 3, id(2), id(2), "abcdef0123456789abcdef0123456789", id(3))
	f.wantStates(queue.States{Pending: 3, Withdrawn: 1})
	f.wantTotals(other, queue.Totals{Loaded: 3, IDs: queue.ByState{queue.Pending: 3}})
	f.audit()
	f.reopen()
	ds := f.take(5)
	f.wantIDs(ds, id(2), "ABCDEF0123456789ABCDEF0123456789", id(3))
	for _, d := range ds {
		if d.Batch != "b" || d.Lost || d.Attempts > 0 {
			f.Errorf("lent %+v, want it as one of batch b that was never sent", d)
		}
		f.settle(unsent(d))
	}
	f.withdraw("a", queue.Withdrawal{Source: "a test"})
	f.withdraw("b", queue.Withdrawal{Source: "a test", Withdrawn: 3})
	f.wantStates(queue.States{Withdrawn: 4})
	f.audit()
}

func maybeDeleted(f *fixture) {
	f.load("a", 4, ids(1, 4)...)
	ds := f.take(3)
	o := later(ds[0], now())
	o.Lost = true
	f.settle(o, later(ds[1], now()), sent(ds[2], queue.Deleted))
	f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 3, MaybeSent: 1})
	f.load("b", 3, ids(1, 4)...)
	f.audit()
	f.reopen()
	for _, d := range f.takeEach(queue.Gone) {
		if d.Lost != (d.ID == ds[0].ID) || d.Attempts > 0 || d.Alone {
			f.Errorf("lent %+v, but only %s may have been deleted", d, ds[0].ID)
		}
	}
	f.wantStates(queue.States{Deleted: 1, Gone: 3})
	f.load("c", 8, ids(11, 8)...)
	lent := f.take(2)
	f.crash()
	got, err := f.Withdraw(f.ctx, "c", "a test")
	if err != nil || got.Withdrawn != 8 || got.MaybeSent < 2 {
		f.Errorf("Withdraw = %+v, %v, of which two were lent when the process died", got, err)
	}
	f.load("d", 2, lent[0].ID, lent[1].ID)
	for _, d := range f.takeEach(queue.Deleted) {
		if !d.Lost {
			f.Errorf("lent %+v, which may have been deleted before the crash", d)
		}
	}
	f.audit()
}

// namesForgotten has a batch that only names, and is forgotten, so that the other is the
// only one that has named the ID.
func namesForgotten(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	f.load("b", 1, ids(1, 3)...)
	f.settle(sent(f.takeOne(), queue.Deleted))
	f.withdraw("a", queue.Withdrawal{Source: "a test", Kept: 1})
	f.load("c", 0, id(3))
	f.withdraw("b", queue.Withdrawal{Source: "a test", Withdrawn: 1, Kept: 1})
	f.audit()
	if n, err := f.Forget(f.ctx, keepYoungest); n != 2 || err != nil {
		f.Errorf("Forget = %d, %v, want 2", n, err)
	}
	f.audit()
	f.wantStates(queue.States{Pending: 1})
	if got := f.batches(); len(got) != 1 || got[0].Name != "b" {
		f.Errorf("Batches = %+v, want b, of which an ID is left", got)
	}
	f.withdraw("b", queue.Withdrawal{Source: "a test", Withdrawn: 1})
	if n, err := f.Forget(f.ctx, keepYoungest); n != 1 || err != nil {
		f.Errorf("Forget = %d, %v, want 1", n, err)
	}
	f.load("d", 3, ids(1, 3)...)
	f.wantStates(queue.States{Pending: 3})
	f.audit()
}

// namedMeanwhile forgets while a load is under way that has named a withdrawn ID, as a
// pass does while others load.
func namedMeanwhile(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	f.withdraw("a", queue.Withdrawal{Source: "a test", Withdrawn: 2})
	const many = 5000 // a load lets others in now and then
	names := func(yield func(string, error) bool) {
		for i, id := range mixed(1, many) {
			if i == many-1 {
				if _, err := f.Forget(f.ctx, -time.Hour); err != nil {
					f.Errorf("Forget: %v", err)
				}
			}
			if !yield(id, nil) {
				return
			}
		}
	}
	if _, err := f.Load(f.ctx, queue.Batch{Name: "b"}, names); err != nil {
		f.Fatalf("Load: %v", err)
	}
	if c := f.counts(); c.Pending != many || c.Withdrawn != 0 {
		f.Errorf("%d pending and %d withdrawn, want %d and 0", c.Pending, c.Withdrawn, many)
	}
	f.audit()
}

// An ID of a batch that is withdrawn while another load names it is pending when that load
// is whole.
func withdrawnDuringLoad(f *fixture) {
	f.load("a", long, mixed(1, long)...)
	n := 0
	_, err := f.Load(f.ctx, queue.Batch{Name: "b"}, func(yield func(string, error) bool) {
		for _, id := range mixed(1, long) {
			if n++; n == long-1 {
				if _, err := f.Withdraw(f.ctx, "a", "a test"); err != nil {
					f.Error(err)
				}
			}
			if !yield(id, nil) {
				return
			}
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.audit()
	if c := f.counts(); c.Pending != long {
		f.Errorf("%d pending, want %d: %+v", c.Pending, long, c)
	}
}
