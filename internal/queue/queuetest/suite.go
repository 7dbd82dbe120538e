// Package queuetest is the contract of queue.Ledger as tests. Every
// implementation passes them, against the real thing: a file, a server.
package queuetest

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// Crasher is a queue that can play the death of its process: Crash lets go of
// everything as the kernel would, and writes nothing. A queue that is none is
// simply abandoned where a test needs a dead process.
type Crasher interface{ Crash() }

// Run checks an implementation. open returns the ledger that lives in dir, with
// all that was put into it before; it makes t fail when it cannot. Different
// directories are different queues. A queue chooses its samples by numbers that are
// the same in each run, so that a test has one result.
func Run(t *testing.T, open func(t *testing.T, dir string) queue.Ledger) {
	groups := [][]test{
		loadTests(), takeTests(), clockTests(), sampleTests(), behindTests(), settleTests(),
		deadTests(), batchTests(), scopeTests(), crashTests(), passTests(), memoryTests(), holdTests(), askedTests(), extendTests(), historyTests(), modelTests(),
	}
	for _, group := range groups {
		for _, test := range group {
			t.Run(test.name, func(t *testing.T) { test.run(newFixture(t, open)) })
		}
	}
}

// test is one sentence of the contract.
type test struct {
	name string
	run  func(f *fixture)
}

// fixture is one ledger under test with a pass over it, and verbs that fail the
// test.
type fixture struct {
	*testing.T
	queue.Ledger
	queue.Pass
	ctx  context.Context
	dir  string
	open func(t *testing.T, dir string) queue.Ledger
}

func newFixture(t *testing.T, open func(t *testing.T, dir string) queue.Ledger) *fixture {
	f := &fixture{T: t, ctx: t.Context(), dir: t.TempDir(), open: open}
	f.Ledger = open(t, f.dir)
	f.Pass = f.begin("")
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return f
}

// begin begins a pass.
func (f *fixture) begin(results string) queue.Pass {
	f.Helper()
	p, err := f.Begin(f.ctx, results)
	if err != nil {
		f.Fatalf("Begin: %v", err)
	}
	return p
}

// beginAnew ends the passes that a crash cut short, and begins another.
func (f *fixture) beginAnew() {
	f.Helper()
	for _, p := range f.unfinished() {
		if err := f.Finish(f.ctx, p.ID); err != nil {
			f.Fatalf("Finish: %v", err)
		}
	}
	f.Pass = f.begin("")
}

// unfinished returns the passes that have not ended.
func (f *fixture) unfinished() []queue.PassInfo {
	f.Helper()
	ps, err := f.Unfinished(f.ctx)
	if err != nil {
		f.Fatalf("Unfinished: %v", err)
	}
	return ps
}

// reopen closes the ledger and opens it again, and begins another pass.
func (f *fixture) reopen() {
	f.Helper()
	if err := f.Close(); err != nil {
		f.Fatalf("Close: %v", err)
	}
	f.Ledger = f.open(f.T, f.dir)
	f.beginAnew()
}

// crash opens the ledger again after the death of the process that had it, and
// begins another pass.
func (f *fixture) crash() {
	f.Helper()
	f.die()
	f.beginAnew()
}

// die opens the ledger again after the death of the process that had it. Its passes
// are unfinished.
func (f *fixture) die() {
	f.Helper()
	if c, ok := f.Ledger.(Crasher); ok {
		c.Crash()
	}
	f.Ledger = f.open(f.T, f.dir)
}

// each yields ids, and then err unless it is nil.
func each(ids []string, err error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}

// load loads ids and checks how many are new; the others must be duplicates.
func (f *fixture) load(batch string, added int, ids ...string) {
	f.Helper()
	f.loadOf(queue.Batch{Name: batch, Source: "a test"}, batch, added, ids...)
}

// loadOf is load of a batch of which the ledger is to say that it is the one named as.
func (f *fixture) loadOf(b queue.Batch, as string, added int, ids ...string) {
	f.Helper()
	got, err := f.Load(f.ctx, b, each(ids, nil))
	if err != nil {
		f.Fatalf("Load(%s): %v", b.Name, err)
	}
	if want := (queue.Loaded{New: int64(added), Duplicates: int64(len(ids) - added), Batch: as}); got != want {
		f.Fatalf("Load(%s) = %+v, want %+v", b.Name, got, want)
	}
}

// take takes up to n IDs, in as many steps as the queue needs.
func (f *fixture) take(n int) []queue.Delivery {
	f.Helper()
	var all []queue.Delivery
	for len(all) < n {
		ds, _, err := f.Take(f.ctx, n-len(all), time.Now())
		if err != nil {
			f.Fatalf("Take: %v", err)
		}
		if len(ds) > n-len(all) {
			f.Fatalf("Take(%d) lent %d", n-len(all), len(ds))
		}
		if len(ds) == 0 {
			break
		}
		all = append(all, ds...)
	}
	return all
}

// takeEach takes all that is due and settles it as state, those that are lent
// alone one after the other.
func (f *fixture) takeEach(state queue.State) (all []queue.Delivery) {
	f.Helper()
	for ds := f.take(1_000); len(ds) > 0; ds = f.take(1_000) {
		for _, d := range ds {
			f.settle(sent(d, state))
		}
		all = append(all, ds...)
	}
	return all
}

// takeOne takes one ID, which must be there.
func (f *fixture) takeOne() queue.Delivery {
	f.Helper()
	ds := f.take(1)
	if len(ds) == 0 {
		f.Fatal("Take lent nothing")
	}
	return ds[0]
}

// settle settles, which must succeed.
func (f *fixture) settle(outcomes ...queue.Outcome) {
	f.Helper()
	if err := f.Settle(f.ctx, outcomes); err != nil {
		f.Fatalf("Settle: %v", err)
	}
}

// settleAll takes all that is due and settles it as state.
func (f *fixture) settleAll(state queue.State) {
	f.Helper()
	for _, d := range f.take(1_000) {
		f.settle(sent(d, state))
	}
}

// counts returns the counts.
func (f *fixture) counts() queue.Counts {
	f.Helper()
	c, err := f.Counts(f.ctx)
	if err != nil {
		f.Fatalf("Counts: %v", err)
	}
	return c
}

// wantCounts checks the counts, but for the age of what is pending: that is
// only checked for being there.
func (f *fixture) wantCounts(want queue.Counts) {
	f.Helper()
	got := f.counts()
	if got.OldestPending.IsZero() != (got.Pending == 0) {
		f.Errorf("OldestPending is %v with %d pending", got.OldestPending, got.Pending)
	}
	got.OldestPending = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("Counts (-want +got):\n%s", diff)
	}
}

// wantStates checks the counts of a ledger in which nothing waits.
func (f *fixture) wantStates(want queue.States) {
	f.Helper()
	f.wantCounts(queue.Counts{States: want})
}

// wantIDs checks which IDs ds are, whatever their order.
func (f *fixture) wantIDs(ds []queue.Delivery, want ...string) {
	f.Helper()
	got := make([]string, len(ds))
	for i, d := range ds {
		got[i] = d.ID
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); diff != "" {
		f.Errorf("IDs (-want +got):\n%s", diff)
	}
}

// audit has the ledger check itself.
func (f *fixture) audit() {
	f.Helper()
	if err := f.Check(f.ctx); err != nil {
		f.Error(err)
	}
}

// letters returns the dead letters that filter chooses.
func (f *fixture) letters(filter queue.Filter) []queue.DeadLetter {
	f.Helper()
	var ls []queue.DeadLetter
	for l, err := range f.Dead(f.ctx, filter) {
		if err != nil {
			f.Fatalf("Dead(%+v): %v", filter, err)
		}
		ls = append(ls, l)
	}
	return ls
}

// now is the present, in the precision that every implementation keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// sent is the outcome of a first or further attempt that was made just now.
func sent(d queue.Delivery, state queue.State) queue.Outcome {
	o := queue.Outcome{
		Delivery: d, State: state, Attempts: d.Attempts + 1, FirstAt: d.FirstAt, At: now(),
		Reason: "a test", Code: "CC.00050006", Status: 200, RequestID: "r-1",
	}
	if o.FirstAt.IsZero() {
		o.FirstAt = o.At
	}
	return o
}

// later is sent, to be tried again at due.
func later(d queue.Delivery, due time.Time) queue.Outcome {
	o := sent(d, queue.Pending)
	o.Due = due
	return o
}

// behind is later, behind all fresh IDs.
func behind(d queue.Delivery, due time.Time) queue.Outcome {
	o := later(d, due)
	o.Behind = true
	return o
}

// dead is sent, given up at the time at with a code.
func dead(d queue.Delivery, code string, at time.Time) queue.Outcome {
	o := sent(d, queue.Dead)
	o.Code, o.At = code, at
	return o
}

// unsent is the outcome of a delivery that is given back as it came.
func unsent(d queue.Delivery) queue.Outcome {
	return queue.Outcome{Delivery: d, Attempts: d.Attempts, Lost: d.Lost, At: now()}
}
