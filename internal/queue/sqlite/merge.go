package sqlite

import (
	"errors"
	"hash/crc32"
	"slices"
)

// This file and spill.go are an external merge sort: they bring the keys of a load into
// the order of the index, however many there are, so that a load touches each page of the
// index once. What does not fit into memory is sorted in runs, spilled to disk and merged.

// leastShare is how many keys of each run are in memory at least while they are merged.
// It takes more than 512 runs, of 32,768 keys each, to need more for that than a chunk
// has.
const leastShare = 64

// merge gives the keys of all runs in order. It works in the memory of room, if that is
// enough.
func (s *spill) merge(room []key) (*merged, error) {
	m := &merged{from: s, bytes: make([]byte, readKeys*len(key{}))}
	share, at := max(len(room)/max(len(s.runs), 1), leastShare), int64(0)
	if need := share * len(s.runs); need > len(room) {
		room = make([]key, need)
	}
	for i, on := range s.runs {
		r := &run{room: room[i*share : (i+1)*share], at: at, left: on.keys, want: on.sum}
		at += int64(on.keys * len(key{}))
		if err := m.fill(r); err != nil {
			return nil, err
		}
		m.heap = append(m.heap, r)
	}
	for i := len(m.heap) / 2; i >= 0; i-- {
		m.sift(i)
	}
	return m, nil
}

// merged gives the keys of sorted runs in order.
type merged struct {
	from  *spill
	heap  []*run // by their next keys, the least first; none is empty
	bytes []byte // as they are read
}

// run is sorted keys: some in memory, the rest in the file.
type run struct {
	keys      []key // the next ones
	room      []key // for those of the file
	at        int64 // of the rest in the file, in bytes
	left      int   // keys of the rest
	sum, want uint32
}

// inOrder gives sorted keys.
func inOrder(keys []key) *merged {
	if len(keys) == 0 {
		return &merged{}
	}
	return &merged{heap: []*run{{keys: keys}}}
}

func (m *merged) done() bool { return len(m.heap) == 0 }

// next appends up to n keys to blob, one behind the other.
func (m *merged) next(blob []byte, n int) ([]byte, error) {
	for ; n > 0 && !m.done(); n-- {
		r := m.heap[0]
		blob = append(blob, r.keys[0][:]...)
		if r.keys = r.keys[1:]; len(r.keys) == 0 {
			if err := m.fill(r); err != nil {
				return blob, err
			}
		}
		if last := len(m.heap) - 1; len(r.keys) == 0 {
			m.heap[0], m.heap = m.heap[last], m.heap[:last]
		}
		m.sift(0)
	}
	return blob, nil
}

// space appends a window of keys to early, but for those that are to be inserted behind
// these: they go to late.
func (m *merged) space(early, late []byte) (_, _ []byte, err error) {
	for i := 1; i <= window && !m.done() && err == nil; i++ {
		if i%holdBack == 0 {
			late, err = m.next(late, 1)
		} else {
			early, err = m.next(early, 1)
		}
	}
	return early, late, err
}

// fill reads the next keys of a run that has none in memory; none are left at its end.
func (m *merged) fill(r *run) error {
	n := min(r.left, len(r.room))
	r.keys = r.room[:n]
	for some := range slices.Chunk(r.keys, readKeys) {
		bytes := m.bytes[:len(some)*len(key{})]
		if _, err := m.from.file.ReadAt(bytes, r.at); err != nil {
			return m.from.failed(err)
		}
		r.sum = crc32.Update(r.sum, castagnoli(), bytes)
		r.at += int64(len(bytes))
		for i := range some {
			copy(some[i][:], bytes[i*len(key{}):])
		}
	}
	if r.left -= n; r.left == 0 && r.sum != r.want {
		return m.from.failed(errors.New("the disk gives back something else than was written"))
	}
	return nil
}

// sift moves the run at i down to where it belongs.
func (m *merged) sift(i int) {
	for {
		least := i
		for _, c := range [...]int{2*i + 1, 2*i + 2} {
			if c < len(m.heap) && m.heap[c].keys[0].compare(m.heap[least].keys[0]) < 0 {
				least = c
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}
