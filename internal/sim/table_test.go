package sim

import (
	"maps"
	"slices"
	"testing"
)

func TestTableKeepsRecordsApart(t *testing.T) {
	table, refs := newTable(), []ref{}
	for i := range 500 {
		refs = append(refs, refOf(id(i)))
	}
	refs = append(refs, refOf("odd"), refOf(""), refOf("odd too"))
	for i, r := range refs {
		for range i {
			table.update(r, func(e entry) { e.requests++ })
		}
	}
	for i, r := range refs {
		if rec, _, ok := table.look(r); int(rec.requests) != i || ok != (i > 0) {
			t.Errorf("%q has %d requests, want %d", r.id(), rec.requests, i)
		}
	}
}

func TestTableLookMakesNothing(t *testing.T) {
	table := newTable()
	if rec, last, ok := table.look(refOf(id(1))); ok || rec != (record{}) || last != (outcome{}) {
		t.Errorf("%+v %+v %v", rec, last, ok)
	}
	for r := range table.all() {
		t.Errorf("holds %q", r.id())
	}
}

// Answers are kept once a shard, and told apart by both of their parts.
func TestTableNotesAnswers(t *testing.T) {
	table := newTable()
	all := []outcome{{200, ""}, {200, "A"}, {404, "A"}, {}, {200, ""}, {404, "B"}}
	for _, o := range all {
		table.update(refOf(id(1)), func(e entry) { e.note(o) })
		if _, last, _ := table.look(refOf(id(1))); last != o {
			t.Errorf("last answer is %v, want %v", last, o)
		}
	}
	if got := len(table.of(refOf(id(1)).key).answers); got != 5 {
		t.Errorf("%d answers held, want 5 with the empty one", got)
	}
}

func TestTableYieldsAll(t *testing.T) {
	table, want := newTable(), map[string]bool{"odd one": true}
	table.update(refOf("odd one"), func(entry) {})
	for _, id := range ids(1, 300) {
		table.update(refOf(id), func(entry) {})
		want[id] = true
	}
	got := map[string]bool{}
	for r := range table.all() {
		got[r.id()] = true
		if table.ref(r.key) != r {
			t.Errorf("%q is not found by its key", r.id())
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("yields %d IDs, want %d", len(got), len(want))
	}
}

func TestTableForgetsFaultsAlone(t *testing.T) {
	table := newTable()
	table.update(refOf(id(1)), func(e entry) { e.faulty, e.requests, e.flags = 7, 8, gone })
	table.forget()
	if rec, _, _ := table.look(refOf(id(1))); rec != (record{requests: 8, flags: gone}) {
		t.Errorf("%+v", rec)
	}
}

// Upward counting IDs must not crowd into few shards: they would share locks.
func TestShardsAreEven(t *testing.T) {
	table := newTable()
	for i := range shards * 100 {
		table.update(refOf(id(i)), func(entry) {})
	}
	var sizes []int
	for i := range table.shards {
		sizes = append(sizes, len(table.shards[i].records))
	}
	if least, most := slices.Min(sizes), slices.Max(sizes); least < 50 || most > 150 {
		t.Errorf("shards hold from %d to %d records, want about 100", least, most)
	}
}

func TestTableFromManySides(t *testing.T) {
	table := newTable()
	gather(8, func(int) {
		for i := range 400 {
			table.update(refOf(id(i%50)), func(e entry) { e.requests++ })
		}
	})
	for i := range 50 {
		if rec, _, _ := table.look(refOf(id(i))); rec.requests != 8*8 {
			t.Errorf("ID %d has %d requests", i, rec.requests)
		}
	}
}
