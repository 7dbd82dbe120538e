package queuetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// names are the batches that have named an ID: its owner, and others.
type names struct {
	owner  string
	others map[string]bool
}

// has reports whether the batch has named the ID.
func (n names) has(batch string) bool { return n.owner == batch || n.others[batch] }

// add notes that the batch has named the ID.
func (n *names) add(batch string) {
	if batch != n.owner {
		n.others[batch] = true
	}
}

// books are the batches of a model.
type books struct {
	n     int
	known []string // those that the ledger has, the oldest first
	taken map[string]bool
	lists []*modelList
	last  string // the last batch that was loaded
}

// modelList is a list that was loaded at least once, and as which batches.
type modelList struct {
	ids     []string
	batches []string
}

func newBooks() *books { return &books{taken: map[string]bool{}} }

// next is the name of another batch.
func (b *books) next() string {
	b.n++
	return fmt.Sprintf("batch %d", b.n)
}

// live returns the batch of a list that is in the ledger and not withdrawn; empty when
// there is none.
func (b *books) live(l *modelList) string {
	for _, name := range l.batches {
		if slices.Contains(b.known, name) && !b.taken[name] {
			return name
		}
	}
	return ""
}

// turn is the pass whose turn it is.
func (m *model) turn() *modelPass {
	return m.passes[slices.IndexFunc(m.passes, func(p *modelPass) bool { return p.ID() == m.ID() })]
}

// reaches reports whether an ID is in the scope of the pass.
func (p *modelPass) reaches(e *entry) bool {
	return p.scope.Whole() || slices.ContainsFunc(p.scope.Batches(), e.has)
}

func (m *model) loadSome() {
	l := &modelList{ids: m.pick()}
	m.books.lists = append(m.books.lists, l)
	m.loadList(l, len(m.books.lists))
}

// loadAgain loads a list that was loaded before.
func (m *model) loadAgain() {
	if n := len(m.books.lists); n > 0 {
		at := m.rand.IntN(n)
		m.loadList(m.books.lists[at], at+1)
	}
}

// loadList loads a list, the digest of which is its number.
func (m *model) loadList(l *modelList, number int) {
	name := m.books.next()
	added := 0
	for _, id := range l.ids {
		if e := m.ids[id]; e == nil || e.state == queue.Withdrawn {
			m.ids[id] = &entry{names: names{name, map[string]bool{}}}
			added++
		}
	}
	as := name
	if again := m.books.live(l); again != "" && added == 0 {
		as = again
	} else {
		m.books.known = append(m.books.known, name)
		m.books.last = name
		l.batches = append(l.batches, name)
	}
	for _, id := range l.ids {
		e := m.ids[id]
		e.old = true // renewed, so that it is as if it were settled now
		if e.state == queue.Pending || e.state == queue.Dead {
			e.add(as)
		}
	}
	m.loadOf(list(name, "a test", fmt.Sprint(number)), as, added, l.ids...)
	for _, p := range m.passes {
		p.want.Loaded += int64(added)
	}
}

// withdrawSome withdraws one of the batches, perhaps again.
func (m *model) withdrawSome() {
	if len(m.books.known) == 0 {
		return
	}
	batch := m.books.known[m.rand.IntN(len(m.books.known))]
	m.books.taken[batch] = true
	if one := m.held[batch]; one != nil {
		one.inForce = false
	}
	want := queue.Withdrawal{Source: "a test"}
	for id, e := range m.ids {
		if e.state != queue.Pending || !e.has(batch) {
			continue
		}
		if _, lent := m.lent[id]; lent || !m.books.taken[e.owner] || !m.allTaken(e.others) {
			want.Kept++
			continue
		}
		*e = entry{state: queue.Withdrawn, old: true, names: names{e.owner, map[string]bool{}}}
		want.Withdrawn++
	}
	got, err := m.Withdraw(m.ctx, batch, "a test")
	want.MaybeSent = got.MaybeSent // no more than the ledger knows what was sent unseen
	if got != want || err != nil || got.MaybeSent > got.Withdrawn {
		m.Errorf("Withdraw(%s) = %+v, %v, want %+v", batch, got, err, want)
	}
	for _, p := range m.passes {
		p.want.Elsewhere += want.Withdrawn
	}
}

// allTaken reports whether batches are all withdrawn.
func (m *model) allTaken(batches map[string]bool) bool {
	for name := range batches {
		if !m.books.taken[name] {
			return false
		}
	}
	return true
}

// confineSome confines the pass whose turn it is to some batches, or to nothing at all.
func (m *model) confineSome() {
	scope := queue.Scope{}
	if m.rand.IntN(3) > 0 {
		scope = queue.Only(slices.DeleteFunc(slices.Clone(m.books.known), func(string) bool { return m.rand.IntN(4) > 0 })...)
	}
	m.turn().scope = scope
	if err := m.Confine(m.ctx, scope); err != nil {
		m.Errorf("Confine(%v) = %v", scope.Batches(), err)
	}
}

// forgetEmpty forgets the batches that own nothing, as Forget does when they are old.
func (m *model) forgetEmpty() {
	owners := map[string]bool{}
	for _, e := range m.ids {
		owners[e.owner] = true
	}
	gone := func(name string) bool { return !owners[name] && m.held[name] == nil }
	m.books.known = slices.DeleteFunc(m.books.known, gone)
	for _, e := range m.ids {
		maps.DeleteFunc(e.others, func(name string, _ bool) bool { return gone(name) })
	}
}

// compareBatches compares what the ledger says of its batches.
func (m *model) compareBatches() {
	m.Helper()
	want := map[string]queue.BatchInfo{}
	for _, name := range m.books.known {
		want[name] = queue.BatchInfo{Name: name}
	}
	for _, e := range m.ids {
		b := want[e.owner]
		by := b.ByState()
		by[e.state]++
		b.States = by.States()
		want[e.owner] = b
		for name := range e.others {
			if b := want[name]; e.state == queue.Pending {
				b.Shared++
				want[name] = b
			}
		}
	}
	got := map[string]queue.BatchInfo{}
	for _, b := range m.batches() {
		if (b.WithdrawnAt != nil) != m.books.taken[b.Name] {
			m.Errorf("batch %s was withdrawn at %v", b.Name, b.WithdrawnAt)
		}
		if one, all := m.held[b.Name], m.held[""]; (b.Held != "") != (one != nil && one.inForce || all != nil && all.inForce && b.Pending > 0) {
			m.Errorf("batch %s is held by %q", b.Name, b.Held)
		}
		got[b.Name] = queue.BatchInfo{Name: b.Name, States: b.States, Shared: b.Shared}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.Errorf("batches (-want +got):\n%s", diff)
	}
}
