package sim

import (
	"iter"
	"maps"
	"slices"
	"sync"
)

// shards is how many locks a table has: many more than there are cores.
const shards = 64

// table holds one record for each ID that was added or asked about.
type table struct {
	shards [shards]shard
}

// shard is the part of a table that one lock guards.
type shard struct {
	mu      sync.Mutex
	index   map[key]uint32 // where in records an ID's record is
	records []record
	odd     map[key]string // the IDs that a key cannot be turned back into
	answers []outcome      // what record.answer counts in; the first is no answer
}

// outcome is what a client was told last; the zero value is nothing.
type outcome struct {
	status int
	code   string
}

// record is what is known of one ID. Millions are held, so it has no pointers
// and spends few bytes. What has 16 bits or fewer cannot overflow: an ID is
// deleted once, and a fault counts up to maxTimes.
type record struct {
	requests, repeats uint32
	faulty            uint16 // requests that its bound fault has hit
	answer            uint16
	effects, lost     uint8
	flags             flags
}

// flags are the yes-or-no facts of a record.
type flags uint8

const (
	added    flags = 1 << iota // it was put there by AddIDs or AddTasks
	gone                       // it was deleted
	running                    // a check of it is running
	answered                   // a final answer was written
	leaving                    // its deletion was confirmed and is put off
	stopped                    // it was running by chance, and was stopped
	removed                    // it was deleted by Remove
)

// has reports whether the fact g is among f.
func (f flags) has(g flags) bool { return f&g != 0 }

// entry is a record while its shard is locked.
type entry struct {
	*record
	shard *shard
}

// note makes o the last answer.
func (e entry) note(o outcome) {
	i := slices.Index(e.shard.answers, o)
	if i < 0 {
		i = len(e.shard.answers)
		e.shard.answers = append(e.shard.answers, o)
	}
	e.answer = uint16(i) // distinct answers are counted in dozens
}

// last is the last answer.
func (e entry) last() outcome { return e.shard.answers[e.answer] }

// newTable returns a table of nothing.
func newTable() *table {
	t := &table{}
	for i := range t.shards {
		t.shards[i].index = map[key]uint32{}
		t.shards[i].odd = map[key]string{}
		t.shards[i].answers = []outcome{{}}
	}
	return t
}

// of is the shard that k belongs to.
func (t *table) of(k key) *shard { return &t.shards[k.hash(0)%shards] }

// update calls f with r's record, made if need be, while its shard is locked.
func (t *table) update(r ref, f func(entry)) {
	s := t.of(r.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.index[r.key]
	if !ok {
		i = uint32(len(s.records)) // a shard of 2^32 records does not fit in memory
		s.records = append(s.records, record{})
		s.index[r.key] = i
		if r.odd != "" {
			s.odd[r.key] = r.odd
		}
	}
	f(entry{&s.records[i], s})
}

// look returns a copy of r's record and its last answer, and whether there is
// one at all; it makes none.
func (t *table) look(r ref) (record, outcome, bool) {
	s := t.of(r.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.index[r.key]
	if !ok {
		return record{}, outcome{}, false
	}
	e := entry{&s.records[i], s}
	return *e.record, e.last(), true
}

// forget sets the count of faults back for every ID.
func (t *table) forget() {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for j := range s.records {
			s.records[j].faulty = 0
		}
		s.mu.Unlock()
	}
}

// ref completes a key to what it was made of.
func (t *table) ref(k key) ref {
	s := t.of(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	return ref{k, s.odd[k]}
}

// all yields every ID there was when its shard's turn came. No lock is held
// while the caller has the floor.
func (t *table) all() iter.Seq[ref] {
	return func(yield func(ref) bool) {
		for i := range t.shards {
			for _, r := range t.shards[i].refs() {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// refs copies the shard's IDs.
func (s *shard) refs() []ref {
	s.mu.Lock()
	defer s.mu.Unlock()
	refs := make([]ref, 0, len(s.index))
	for k := range maps.Keys(s.index) {
		refs = append(refs, ref{k, s.odd[k]})
	}
	return refs
}
