package sqlite

import (
	"context"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// mostChunk is how many bytes a chunk has when it is full: 32,768 IDs of the service's
// form, packed. What is held in memory is bounded for IDs of any form.
const mostChunk = 32_768 * len(key{})

// stringSize is what a string takes beside its bytes.
const stringSize = 16

// perInsert is how many keys go into one statement; the table nth counts as far.
// SQLite holds on to the pages that a statement changes until it is done, in an
// index up to one for each key: few keys bound that memory.
const perInsert = 250

// A load inserts its keys in the order of the index, but for one key in holdBack, which it
// inserts a little later: after the others of its window. This is for the size of the file.
// When a page of an index is full and the next key belongs behind it, SQLite spreads the
// keys of that page and of its neighbours evenly over one page more, and so leaves pages
// seven eighths full where an index grows at its end. SQLite has no setting for that. A key
// that is inserted later belongs between two that are there, on a page with an eighth of
// its room left. Eight keys fill seven eighths of it and the ninth a part of the last one
// (7/8 * 9/8 = 63/64): with fewer the pages have more room left, with more they overflow.
//
// A window has 16 statements of keys that come first, and then 2 of those that come later.
// It is many pages long, so that pages which the later keys belong on are done with, and
// short enough that these pages are still in memory.
const (
	window   = 18 * perInsert
	holdBack = 9
)

// perTransaction is how many keys go into one transaction, at most: few enough that those
// who take and settle meanwhile do not wait long.
const perTransaction = 8 * window

// chunk gathers IDs in memory.
type chunk struct {
	keys  []key
	texts []string // IDs that are no keys
	said  []said   // what was said with some of them
	size  int      // in bytes
	most  int      // for the size: from here on the chunk is full
}

// add takes in an ID, and what was said with it; nil for nothing.
func (c *chunk) add(id string, a *queue.Asked) {
	if a != nil {
		c.said = append(c.said, said{id, *a})
		c.size += len(id) + len(a.Reason) + len(a.By) + 3*stringSize
	}
	if k, ok := pack(id); ok {
		c.keys = append(c.keys, k)
		c.size += len(k)
		return
	}
	c.texts = append(c.texts, id)
	c.size += len(id) + stringSize
}

func (c *chunk) full() bool { return c.size >= c.most }

// mostlyKeys reports whether nothing was said with the IDs, and keys take most of the
// chunk.
func (c *chunk) mostlyKeys() bool {
	return len(c.said) == 0 && 2*len(c.keys)*len(key{}) > c.size
}

// clear empties the chunk and keeps its memory.
func (c *chunk) clear() {
	clear(c.texts)
	clear(c.said)
	c.said = c.said[:0]
	c.keys, c.texts, c.size = c.keys[:0], c.texts[:0], 0
}

// clearKeys takes the keys out, and returns the memory that they had.
func (c *chunk) clearKeys() (room []key) {
	c.size -= len(c.keys) * len(key{})
	c.keys = c.keys[:0]
	return c.keys[:cap(c.keys)]
}

// sort puts the IDs into the order of the index.
func (c *chunk) sort() {
	slices.SortFunc(c.keys, key.compare)
	slices.Sort(c.texts)
}

// inOrder gives the keys in the order of the index.
func (c *chunk) inOrder() *merged {
	c.sort()
	return inOrder(c.keys)
}

// writing writes IDs of the batch that begins at first, and which of the IDs that the
// ledger knows from other batches it has named too; renewal renews those. With upper, a
// key may be known in upper case.
type writing struct {
	*store
	first   int64
	upper   bool
	renewal renewal
}

// merged writes keys for one transaction to the places from next on and returns how
// many there were, and how many of them are new. An ID that is known keeps its old place,
// and the new one stays empty.
func (w writing) merged(ctx context.Context, m *merged, next int64) (n, added int64, err error) {
	now := time.Now().Unix()
	var early, late []byte
	for n < perTransaction && !m.done() {
		if early, late, err = m.space(early[:0], late[:0]); err != nil {
			return n, added, err
		}
		early = append(early, late...)
		for blob := range slices.Chunk(early, perInsert*len(key{})) {
			some := len(blob) / len(key{})
			fresh, err := w.keys(ctx, blob, some, next+n, now)
			if err != nil {
				return n, added, err
			}
			n, added = n+int64(some), added+fresh
		}
	}
	return n, added, nil
}

// texts writes IDs that are no keys as merged writes keys.
func (w writing) texts(ctx context.Context, texts []string, next int64) (added int64, err error) {
	now := time.Now().Unix()
	for i, text := range texts {
		fresh, err := w.text(ctx, text, next+int64(i), now)
		if err != nil {
			return added, err
		}
		added += fresh
	}
	return added, nil
}

// keys writes n keys, one behind the other in blob, and returns how many are new.
func (w writing) keys(ctx context.Context, blob []byte, n int, next, now int64) (added int64, err error) {
	insert, name := insertKeys, []string{nameKeys}
	if w.upper {
		insert, name = insertKeysButUpper, []string{nameKeys, nameUpper}
	}
	added, err = w.change(ctx, insert, next, blob, now, n)
	if err != nil || added == int64(n) {
		return added, err
	}
	for _, name := range name {
		if err := w.exec(ctx, name, w.first, blob, n); err != nil {
			return added, err
		}
	}
	return added, w.renewal.keys(ctx, blob, n, w.upper)
}

// text writes an ID that is no key, and returns 1 if it is new.
func (w writing) text(ctx context.Context, id string, next, now int64) (added int64, err error) {
	added, err = w.change(ctx, insertText, next, id, now)
	if err != nil || added == 1 {
		return added, err
	}
	if err := w.exec(ctx, nameText, w.first, id); err != nil {
		return added, err
	}
	return added, w.renewal.text(ctx, id)
}

// Only an ID may be there already, never a place: a conflict of places would
// pass for a duplicate and lose an ID.
const (
	insertKeys         = selectKeys + conflict
	insertKeysButUpper = selectKeys + ` AND NOT EXISTS (SELECT 1 FROM task WHERE id = hex(substr(?2, 16 * i + 1, 16)))` + conflict

	selectKeys = `INSERT INTO task (seq, id, state, at)
		SELECT ?1 + i, substr(?2, 16 * i + 1, 16), 0, ?3 FROM nth WHERE i < ?4`
	conflict   = ` ON CONFLICT (id) DO NOTHING`
	insertText = `INSERT INTO task (seq, id, state, at) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO NOTHING`

	// An ID that is settled well is not lent again, and it does not matter who names it.
	nameKeys  = selectNamed + ` FROM nth CROSS JOIN task ON id = substr(?2, 16 * i + 1, 16) WHERE i < ?3` + ofOthers
	nameUpper = selectNamed + ` FROM nth CROSS JOIN task ON id = hex(substr(?2, 16 * i + 1, 16)) WHERE i < ?3` + ofOthers
	nameText  = selectNamed + ` FROM task WHERE id = ?2` + ofOthers

	selectNamed = `INSERT OR IGNORE INTO named (batch, seq) SELECT ?1, seq`
	ofOthers    = ` AND seq < ?1 AND NOT ` + isSettled
)
