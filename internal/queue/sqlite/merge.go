package sqlite

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
)

// This file brings the keys of a load into the order of the index, however many there
// are. So a load touches each page of the index once: what does not fit into memory is
// sorted in parts, put aside, and merged.

const (
	// readKeys is how many keys are read or written at once.
	readKeys = 4_096
	// leastShare is how many keys of each part are in memory at least while they are
	// merged. It takes more than 512 parts, of 32,768 keys each, to need more for that
	// than a chunk has.
	leastShare = 64
)

// aside is the parts of a load that were put aside, each sorted. They stand in a file
// without a name, of which nothing is left when the process ends.
type aside struct {
	folder string   // for the file; empty is the usual one for temporary files
	file   *os.File // nil before the first part
	parts  []asidePart
}

// asidePart is how many keys a part has, and their checksum: what a disk gives back may
// be something else, and must not be taken for task IDs.
type asidePart struct {
	keys int
	sum  uint32
}

// put puts sorted keys aside.
func (a *aside) put(keys []key) (err error) {
	if len(keys) == 0 {
		return nil
	}
	if a.file == nil {
		if a.file, err = nameless(a.folder); err != nil {
			return a.failed(err)
		}
	}
	part, bytes := asidePart{keys: len(keys)}, make([]byte, 0, readKeys*len(key{}))
	for some := range slices.Chunk(keys, readKeys) {
		bytes = bytes[:0]
		for _, k := range some {
			bytes = append(bytes, k[:]...)
		}
		part.sum = crc32.Update(part.sum, castagnoli(), bytes)
		if _, err := a.file.Write(bytes); err != nil {
			return a.failed(err)
		}
	}
	a.parts = append(a.parts, part)
	return nil
}

// nameless makes a file without a name in a folder. A crash at the moment at which it has
// one leaves an empty file, whose name begins with a dot and which nobody reads.
func nameless(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, ".cleaner-load-*") // 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// failed says what was to be done with the file.
func (a *aside) failed(err error) error {
	return fmt.Errorf("put task IDs aside to sort them: %w", explain(err))
}

// close lets go of what was put aside.
func (a *aside) close() {
	if a.file != nil {
		a.file.Close()
	}
}

// merge gives what was put aside in order. It works in the memory of room, if that is
// enough.
func (a *aside) merge(room []key) (*merged, error) {
	m := &merged{from: a, bytes: make([]byte, readKeys*len(key{}))}
	share, at := max(len(room)/max(len(a.parts), 1), leastShare), int64(0)
	if need := share * len(a.parts); need > len(room) {
		room = make([]key, need)
	}
	for i, part := range a.parts {
		r := &run{room: room[i*share : (i+1)*share], at: at, left: part.keys, want: part.sum}
		at += int64(part.keys * len(key{}))
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
	from  *aside
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
