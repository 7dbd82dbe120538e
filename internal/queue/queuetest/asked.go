package queuetest

import (
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func askedTests() []test {
	return []test{
		{"what was said with an ID comes with it, also after a crash", tellsAsked},
		{"what was said with an ID that is known is not kept", keepsFirstAsked},
		{"what was said with a settled ID is told until the pass has ended", tellsAskedOfSettled},
		{"a dead letter tells what was said, also when it is requeued", tellsAskedOfDead},
		{"what was said goes when an ID is withdrawn, dropped or forgotten", forgetsAsked},
		{"a failed load leaves nothing that was said", failingAsked},
		{"an ID that was withdrawn tells what the load that brings it back said", tellsAskedOfRevived},
	}
}

// why is what a test says with an ID.
func why(text string) *queue.Asked { return &queue.Asked{Reason: "because of " + text, By: text} }

// loadAsked loads ids, and says something with those that have it.
func (f *fixture) loadAsked(batch string, says map[string]*queue.Asked, fails error, ids ...string) {
	f.Helper()
	last := ""
	b := queue.Batch{Name: batch, Asked: func() *queue.Asked { return says[last] }}
	_, err := f.Load(f.ctx, b, func(yield func(string, error) bool) {
		for _, last = range ids {
			if !yield(last, nil) {
				return
			}
		}
		if fails != nil {
			yield("", fails)
		}
	})
	if !errors.Is(err, fails) {
		f.Fatalf("Load(%s) = %v, want %v", batch, err, fails)
	}
	f.audit()
}

// wantAsked checks what was said with deliveries.
func (f *fixture) wantAsked(ds []queue.Delivery, want map[string]*queue.Asked) {
	f.Helper()
	got := map[string]*queue.Asked{}
	for _, d := range ds {
		got[d.ID] = d.Asked
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("said (-want +got):\n%s", diff)
	}
}

func tellsAsked(f *fixture) {
	says := map[string]*queue.Asked{id(1): why("one"), "x": why("x"), id(2): nil, "y": nil}
	f.loadAsked("a", says, nil, id(1), id(2), "x", "y")
	f.reopen()
	f.wantAsked(f.take(10), says)
	f.crash()
	var alone []queue.Delivery
	for range says {
		d := f.takeOne()
		alone = append(alone, d)
		f.settle(later(d, now().Add(time.Hour)))
	}
	f.wantAsked(alone, says)
	f.reopen()
	waited, _, err := f.Take(f.ctx, 10, time.Now().Add(2*time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	f.wantAsked(waited, says)
}

func keepsFirstAsked(f *fixture) {
	f.load("a", 1, id(1))
	f.loadAsked("b", map[string]*queue.Asked{id(1): why("late"), id(2): why("first")}, nil, id(1), id(2), id(2))
	f.loadAsked("c", map[string]*queue.Asked{id(2): why("late")}, nil, id(2))
	f.wantAsked(f.take(10), map[string]*queue.Asked{id(1): nil, id(2): why("first")})
}

func tellsAskedOfSettled(f *fixture) {
	says := map[string]*queue.Asked{id(1): why("one"), id(2): nil}
	f.loadAsked("a", says, nil, id(1), id(2))
	began := now().Add(-time.Minute)
	told := func() (ds []queue.Delivery) {
		for o, err := range f.SettledSince(f.ctx, began) {
			if err != nil {
				f.Fatal(err)
			}
			ds = append(ds, o.Delivery)
		}
		return ds
	}
	other := f.begin("")
	f.settleAll(queue.Deleted)
	f.wantAsked(told(), says)
	if err := f.End(f.ctx); err != nil {
		f.Fatal(err)
	}
	f.wantAsked(told(), says) // the other may owe it
	f.die()
	f.wantAsked(told(), says)
	if err := f.Finish(f.ctx, other.ID()); err != nil {
		f.Fatal(err)
	}
	f.wantAsked(told(), map[string]*queue.Asked{id(1): nil, id(2): nil})
	f.Pass = f.begin("")
	f.audit()
}

func tellsAskedOfDead(f *fixture) {
	says := map[string]*queue.Asked{id(1): why("one"), id(2): nil}
	f.loadAsked("a", says, nil, id(1), id(2))
	for _, d := range f.take(2) {
		f.settle(dead(d, "c", now()))
	}
	if err := f.End(f.ctx); err != nil {
		f.Fatal(err)
	}
	f.Pass = f.begin("")
	for _, l := range f.letters(queue.Filter{}) {
		want := queue.Asked{}
		if l.ID == id(1) {
			want = *why("one")
		}
		if got := (queue.Asked{Reason: l.RequestedReason, By: l.RequestedBy}); got != want {
			f.Errorf("%s: %+v, want %+v", l.ID, got, want)
		}
	}
	f.requeue(2, queue.Filter{})
	f.wantAsked(f.take(2), says)
}

func forgetsAsked(f *fixture) {
	says := map[string]*queue.Asked{id(1): why("one"), id(2): why("two"), id(3): why("three")}
	f.loadAsked("a", says, nil, id(1), id(2))
	ds := f.take(2)
	f.settle(dead(ds[0], "c", now()), sent(ds[1], queue.Deleted))
	f.drop(1, queue.Filter{})
	f.loadAsked("b", says, nil, id(3))
	if _, err := f.Withdraw(f.ctx, "b", "a test"); err != nil {
		f.Fatal(err)
	}
	if _, err := f.Forget(f.ctx, -2*time.Second); err != nil {
		f.Fatal(err)
	}
	f.audit()
	f.load("c", 3, id(1), id(2), id(3))
	f.wantAsked(f.take(10), map[string]*queue.Asked{id(1): nil, id(2): nil, id(3): nil})
}

func failingAsked(f *fixture) {
	f.load("a", 1, id(1))
	if _, err := f.Withdraw(f.ctx, "a", "a test"); err != nil {
		f.Fatal(err)
	}
	says := map[string]*queue.Asked{}
	for _, id := range ids(1, long) {
		says[id] = why("a load that fails")
	}
	f.loadAsked("b", says, errors.New("broken"), ids(1, long)...)
	f.load("c", 2, id(1), id(2))
	f.wantAsked(f.take(10), map[string]*queue.Asked{id(1): nil, id(2): nil})
}

func tellsAskedOfRevived(f *fixture) {
	upper := strings.ToUpper(id(255))
	f.loadAsked("a", map[string]*queue.Asked{id(1): why("old"), "x": why("old")}, nil, id(1), id(2), "x", upper)
	if _, err := f.Withdraw(f.ctx, "a", "a test"); err != nil {
		f.Fatal(err)
	}
	f.loadAsked("b", map[string]*queue.Asked{id(2): why("new"), "x": why("new"), id(255): why("new")}, nil, id(1), id(2), "x", id(255))
	f.reopen()
	f.wantAsked(f.take(10), map[string]*queue.Asked{id(1): nil, id(2): why("new"), "x": why("new"), upper: why("new")})
}
