package queuetest

import (
	"errors"
	"slices"
	"time"

	"cleaner/internal/queue"
)

func extendTests() []test {
	return []test{
		{"a load goes on with the last batch of its name and source", extends},
		{"a load does not go on with a batch that is withdrawn, held, of another source, or what a pass is confined to", extendsNothing},
		{"a load that fails leaves the batch that it was to go on with as it was", extendsWhole},
		{"a batch that a load went on with is withdrawn and forgotten whole", endsExtended},
	}
}

// hour is a load of a source that goes on with the batch of an hour.
func hour(name string) queue.Batch {
	return queue.Batch{Name: name, Extends: "hour", Source: "orders"}
}

func extends(f *fixture) {
	f.loadOf(hour("hour"), "hour", 2, id(1), id(2))
	ds := f.take(1)
	f.loadOf(hour("hour.1"), "hour", 2, id(2), id(3), "x")
	f.settle(sent(ds[0], queue.Deleted))
	f.load("between", 1, id(4))
	f.loadOf(hour("hour.2"), "hour.2", 1, id(5))
	f.loadOf(hour("hour.3"), "hour.2", 1, id(6), id(1))
	f.loadOf(hour("hours"), "hour.2", 0)
	f.audit()
	f.crash()
	want := map[string]int64{"hour": 4, "between": 1, "hour.2": 2}
	for _, b := range f.batches() {
		if b.Sum() != want[b.Name] {
			f.Errorf("%+v, want %d", b, want[b.Name])
		}
		delete(want, b.Name)
	}
	if len(want) > 0 {
		f.Errorf("there is no %v", want)
	}
	if _, err := f.Load(f.ctx, hour("hour"), each(nil, nil)); !errors.Is(err, queue.ErrBatchExists) {
		f.Errorf("a name that is taken: %v", err)
	}
	for _, d := range f.takeEach(queue.Gone) {
		if batch := map[string]string{id(4): "between", id(5): "hour.2", id(6): "hour.2"}[d.ID]; batch != "" && d.Batch != batch || batch == "" && d.Batch != "hour" {
			f.Errorf("%s is of %s", d.ID, d.Batch)
		}
	}
	f.audit()
}

func extendsNothing(f *fixture) {
	f.loadOf(hour("hour"), "hour", 1, id(1))
	f.loadOf(queue.Batch{Name: "hour.1", Extends: "hour", Source: "others"}, "hour.1", 1, id(2))
	f.loadOf(hour("hour.2"), "hour.2", 1, id(3))
	if _, err := f.Withdraw(f.ctx, "hour.2", "a test"); err != nil {
		f.Fatal(err)
	}
	f.loadOf(hour("hour.3"), "hour.3", 1, id(4))
	if err := f.Hold(f.ctx, queue.Hold{Batch: "hour.3", Kind: "a test", Why: "a test"}); err != nil {
		f.Fatal(err)
	}
	f.loadOf(hour("hour.4"), "hour.4", 1, id(5))
	if err := f.Confine(f.ctx, queue.Only("hour.4")); err != nil {
		f.Fatal(err)
	}
	f.loadOf(hour("hour.5"), "hour.5", 1, id(6))
	f.loadOf(queue.Batch{Name: "hour.6", Extends: "hou", Source: "orders"}, "hour.6", 1, id(7))
	f.audit()
}

func extendsWhole(f *fixture) {
	f.loadOf(hour("hour"), "hour", 1, id(1))
	broken := errors.New("broken")
	if _, err := f.Load(f.ctx, hour("hour.1"), each(ids(1, long), broken)); !errors.Is(err, broken) {
		f.Fatal(err)
	}
	f.wantStates(queue.States{Pending: 1})
	f.loadOf(hour("hour.1"), "hour", long-1, ids(1, long)...)
	f.audit()
	f.wantStates(queue.States{Pending: long})
}

func endsExtended(f *fixture) {
	f.loadOf(hour("hour"), "hour", 1, id(1))
	f.load("other", 1, id(2))
	f.loadOf(hour("hour.1"), "hour.1", 1, id(3))
	f.loadOf(hour("hour.2"), "hour.1", 1, id(2), id(4))
	w, err := f.Withdraw(f.ctx, "hour.1", "a test")
	if want := (queue.Withdrawal{Source: "orders", Withdrawn: 2, Kept: 1}); err != nil || w != want {
		f.Errorf("Withdraw = %+v, %v, want %+v", w, err, want)
	}
	f.settleAll(queue.Deleted)
	if n, err := f.Forget(f.ctx, -2*time.Second); err != nil || n != 4 {
		f.Errorf("Forget = %d, %v", n, err)
	}
	f.audit()
	f.load("again", 4, id(1), id(2), id(3), id(4))
}

// extendSome loads what is to go on with the last batch.
func (m *model) extendSome() {
	name, some, added := m.books.next(), m.pick(), 0
	as, last := name, m.books.last
	if m.extendable(last) {
		as = last
		for _, l := range m.books.lists { // with more in it, it is not the list that it was
			if len(some) == 0 {
				break
			}
			l.batches = slices.DeleteFunc(l.batches, func(b string) bool { return b == last })
		}
	} else {
		m.books.known = append(m.books.known, name)
		m.books.last = name
	}
	for _, id := range some {
		if e := m.ids[id]; e == nil || e.state == queue.Withdrawn {
			m.ids[id] = &entry{names: names{as, map[string]bool{}}}
			added++
		}
	}
	for _, id := range some {
		e := m.ids[id]
		e.old = true
		if e.state == queue.Pending || e.state == queue.Dead {
			e.add(as)
		}
	}
	m.loadOf(queue.Batch{Name: name, Extends: last, Source: "a test"}, as, added, some...)
	for _, p := range m.passes {
		p.want.Loaded += int64(added)
	}
}

// extendable reports whether a load may go on with the batch.
func (m *model) extendable(batch string) bool {
	confined := slices.ContainsFunc(m.passes, func(p *modelPass) bool { return slices.Contains(p.scope.Batches(), batch) })
	return !confined && slices.Contains(m.books.known, batch) && !m.books.taken[batch] && m.held[batch] == nil
}
