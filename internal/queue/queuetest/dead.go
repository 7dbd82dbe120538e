package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func deadTests() []test {
	return []test{
		{"a dead letter tells its whole story", deadStory},
		{"filters choose by code, batch and age, and only what they name is touched", filters},
		{"dead letters come the oldest first, however many", func(f *fixture) {
			const n = 700
			f.load("a", n, ids(1, n)...)
			start := now().Add(-time.Hour)
			var os []queue.Outcome
			for i, d := range f.take(n) {
				os = append(os, dead(d, "c", start.Add(time.Duration(i*i%97)*time.Second)))
			}
			f.settle(os...)
			ls := f.letters(queue.Filter{})
			for i, l := range ls[1:] {
				if l.LastAt.Before(ls[i].LastAt) {
					f.Fatalf("letter %d is older than the one before it", i+1)
				}
			}
			if len(ls) != n {
				f.Errorf("%d letters, want %d", len(ls), n)
			}
		}},
		{"reading dead letters may stop, and may change them meanwhile", func(f *fixture) {
			f.bury(3)
			for l, err := range f.Dead(f.ctx, queue.Filter{}) {
				if n, err := f.Requeue(f.ctx, queue.Filter{Code: l.Code}); n != 1 || err != nil {
					f.Errorf("Requeue = %d, %v", n, err)
				}
				if err != nil {
					f.Error(err)
				}
				break
			}
			f.wantStates(queue.States{Pending: 1, Dead: 2})
		}},
		{"a filter chooses one ID, whatever form it has, and none that is no dead letter", func(f *fixture) {
			packed, text := "0f0e0d0c0b0a09080706050403020100", "Task-1"
			f.load("a", 3, packed, text, "pending")
			var os []queue.Outcome
			for _, d := range f.take(3) {
				if d.ID != "pending" {
					os = append(os, dead(d, "c", now()))
				}
			}
			f.settle(os...)
			for _, one := range []string{packed, text} {
				if ls := f.letters(queue.Filter{ID: one}); len(ls) != 1 || ls[0].ID != one {
					f.Errorf("letters of %s: %+v", one, ls)
				}
				f.requeue(0, queue.Filter{ID: one, Code: "other"})
			}
			f.drop(0, queue.Filter{ID: "pending"})
			f.drop(1, queue.Filter{ID: text})
			f.requeue(1, queue.Filter{ID: packed})
			f.wantStates(queue.States{Pending: 2})
		}},
		{"a filter that names a batch which is not there is an error, and changes nothing", func(f *fixture) {
			f.bury(2)
			f.load("another", 1, id(99))
			for name, change := range map[string]func() error{
				"Requeue": func() error { _, err := f.Requeue(f.ctx, queue.Filter{Batch: "none"}); return err },
				"Drop":    func() error { _, err := f.Drop(f.ctx, queue.Filter{Batch: "none"}); return err },
				"Dead": func() error {
					for _, err := range f.Dead(f.ctx, queue.Filter{Batch: "none"}) {
						return err
					}
					return nil
				},
			} {
				err := change()
				if missing, ok := errors.AsType[*queue.NoBatchError](err); !ok || missing.Name != "none" || !slices.Contains(missing.Near, "another") {
					f.Errorf("%s = %v", name, err)
				}
			}
			f.wantStates(queue.States{Pending: 1, Dead: 2})
		}},
		{"a requeued ID is due, with no attempts spent", requeued},
		{"what may have taken effect may still have done so after a requeue", func(f *fixture) {
			f.load("a", 1, id(1))
			o := dead(f.takeOne(), "c", now())
			o.Lost = true
			f.settle(o)
			f.requeue(1, queue.Filter{})
			if !f.takeOne().Lost {
				f.Error("it is no longer said to be lost")
			}
		}},
		{"a dropped ID may be loaded anew", func(f *fixture) {
			f.bury(2)
			f.drop(1, queue.Filter{Code: "c1"})
			f.wantStates(queue.States{Dead: 1})
			f.load("b", 1, id(1), id(2))
			f.wantIDs(f.take(5), id(2))
		}},
		{"a requeued ID can die again", func(f *fixture) {
			f.bury(1)
			f.requeue(1, queue.Filter{})
			f.settle(dead(f.takeOne(), "again", now()))
			if ls := f.letters(queue.Filter{Code: "again"}); len(ls) != 1 || ls[0].Attempts != 1 {
				f.Errorf("letters are %+v", ls)
			}
			f.wantStates(queue.States{Dead: 1})
		}},
		{"Forget removes what was settled well long ago, and nothing else", forget},
	}
}

// bury loads n IDs and makes dead letters of them, with codes c0, c1 and so on
// that died an hour after one another, the last an hour ago.
func (f *fixture) bury(n int) {
	f.Helper()
	f.load("grave", n, ids(1, n)...)
	for i, d := range f.take(n) {
		f.settle(dead(d, fmt.Sprintf("c%d", i), now().Add(time.Duration(i-n)*time.Hour)))
	}
}

// requeue and drop check how many they touch.
func (f *fixture) requeue(want int64, filter queue.Filter) {
	f.Helper()
	if n, err := f.Requeue(f.ctx, filter); n != want || err != nil {
		f.Errorf("Requeue(%+v) = %d, %v, want %d", filter, n, err, want)
	}
}

func (f *fixture) drop(want int64, filter queue.Filter) {
	f.Helper()
	if n, err := f.Drop(f.ctx, filter); n != want || err != nil {
		f.Errorf("Drop(%+v) = %d, %v, want %d", filter, n, err, want)
	}
}

func deadStory(f *fixture) {
	f.load("a", 2, ids(1, 2)...)
	first := now().Add(-time.Minute)
	o := queue.Outcome{
		Delivery: f.takeOne(), State: queue.Dead, Attempts: 4, FirstAt: first, At: now(),
		Reason: "no permission: \u00e4\x00", Code: "CC.00050010", Status: 403, RequestID: "r",
	}
	never := queue.Outcome{Delivery: f.takeOne(), State: queue.Dead, At: now().Add(time.Second), Reason: "not an ID"}
	f.settle(o, never)
	f.crash()
	want := []queue.DeadLetter{
		{
			ID: o.Delivery.ID, Batch: "a", Code: o.Code, Status: 403, Reason: o.Reason, Attempts: 4,
			FirstAt: first, LastAt: o.At, RequestID: "r",
		},
		{ID: never.Delivery.ID, Batch: "a", Reason: "not an ID", LastAt: never.At},
	}
	if diff := cmp.Diff(want, f.letters(queue.Filter{})); diff != "" {
		f.Errorf("dead letters (-want +got):\n%s", diff)
	}
}

// filters tries every filter on the same letters: two batches, two codes, two ages.
func filters(f *fixture) {
	old, fresh := now().Add(-48*time.Hour), now()
	for _, row := range []struct {
		filter queue.Filter
		want   []string
	}{
		{queue.Filter{}, []string{id(1), id(2), id(3), id(4)}},
		{queue.Filter{Code: "x"}, []string{id(1), id(3)}},
		{queue.Filter{Code: "X"}, nil},
		{queue.Filter{Code: "%"}, nil},
		{queue.Filter{Batch: "a"}, []string{id(1), id(2)}},
		{queue.Filter{OlderThan: 24 * time.Hour}, []string{id(1), id(2), id(3)}},
		{queue.Filter{OlderThan: 72 * time.Hour}, nil},
		{queue.Filter{ID: id(2)}, []string{id(2)}},
		{queue.Filter{ID: id(2), Code: "x"}, nil},
		{queue.Filter{ID: id(5)}, nil}, // deleted
		{queue.Filter{ID: id(99)}, nil},
		{queue.Filter{ID: "of another form"}, nil},
		{queue.Filter{Code: "x", Batch: "b"}, []string{id(3)}},
		{queue.Filter{Code: "y", Batch: "b", OlderThan: time.Hour}, nil},
		{queue.Filter{Code: "y", Batch: "a", OlderThan: time.Hour}, []string{id(2)}},
	} {
		for _, verb := range []string{"requeue", "drop"} {
			f.Run(fmt.Sprintf("%s %+v", verb, row.filter), func(t *testing.T) {
				f := newFixture(t, f.open)
				f.load("a", 2, id(1), id(2))
				f.load("b", 3, id(3), id(4), id(5))
				for _, d := range f.take(5) {
					switch d.ID {
					case id(1), id(3):
						f.settle(dead(d, "x", old))
					case id(2):
						f.settle(dead(d, "y", old))
					case id(4):
						f.settle(dead(d, "y", fresh))
					default:
						f.settle(sent(d, queue.Deleted))
					}
				}
				f.tryFilter(verb, row.filter, row.want)
			})
		}
	}
}

// tryFilter lists, then requeues or drops, and looks at what is left.
func (f *fixture) tryFilter(verb string, filter queue.Filter, want []string) {
	var listed []queue.Delivery
	for _, l := range f.letters(filter) {
		listed = append(listed, queue.Delivery{ID: l.ID})
	}
	f.wantIDs(listed, want...)
	n := int64(len(want))
	if verb == "drop" {
		f.drop(n, filter)
		f.wantStates(queue.States{Deleted: 1, Dead: 4 - n})
		f.wantIDs(f.take(10))
	} else {
		f.requeue(n, filter)
		f.wantStates(queue.States{Deleted: 1, Dead: 4 - n, Pending: n})
		f.wantIDs(f.take(10), want...)
	}
	if left := f.letters(filter); len(left) != 0 {
		f.Errorf("still there: %+v", left)
	}
	if left := f.letters(queue.Filter{}); int64(len(left)) != 4-n {
		f.Errorf("%d letters are left, want %d", len(left), 4-n)
	}
}

func requeued(f *fixture) {
	f.bury(1)
	f.takeNothing()
	f.requeue(1, queue.Filter{})
	f.wantStates(queue.States{Pending: 1})
	f.crash()
	got := f.takeOne()
	got.Seq = 0
	if diff := cmp.Diff(queue.Delivery{ID: id(1), Batch: "grave"}, got); diff != "" {
		f.Errorf("delivery (-want +got):\n%s", diff)
	}
}

// takeNothing checks that nothing can be lent.
func (f *fixture) takeNothing() {
	f.Helper()
	f.wantIDs(f.take(1))
}

// youngest is how much later than the others a test settles what Forget is to keep,
// and keepYoungest the age that tells them apart. Nothing that a pass settles is
// older than the pass, so the difference lies in the future.
const (
	youngest     = 40 * 24 * time.Hour
	keepYoungest = -youngest / 2
)

func forget(f *fixture) {
	f.load("a", 6, ids(1, 6)...)
	for _, s := range []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead} {
		f.settle(sent(f.takeOne(), s))
	}
	young := sent(f.takeOne(), queue.Deleted)
	young.At = young.At.Add(youngest)
	f.settle(young)
	for want := int64(3); want >= 0; want -= 3 {
		if n, err := f.Forget(f.ctx, keepYoungest); n != want || err != nil {
			f.Errorf("Forget = %d, %v, want %d", n, err, want)
		}
		f.wantStates(queue.States{Pending: 1, Deleted: 1, Dead: 1})
	}
	f.load("b", 3, ids(1, 6)...) // forgotten IDs are new again
	f.wantStates(queue.States{Pending: 4, Deleted: 1, Dead: 1})
	f.settleAll(queue.Gone)
	f.reopen()
	f.wantStates(queue.States{Deleted: 1, Gone: 4, Dead: 1})
}
