package sqlite

import (
	"slices"
	"strings"
	"testing"
)

func TestPack(t *testing.T) {
	for _, row := range []struct {
		id string
		ok bool
	}{
		{"0123456789abcdef0123456789abcdef", true},
		{"ffffffffffffffffffffffffffffffff", true},
		{"0123456789ABCDEF0123456789abcdef", false}, // would come back in lower case
		{"0123456789abcdef0123456789abcde", false},
		{"0123456789abcdef0123456789abcdef0", false},
		{"0123456789abcdef0123456789abcdeg", false},
		{"0123456789abcdef0123456789abcde/", false},
		{"0123456789abcdef0123456789abcde:", false},
		{"0123456789abcdef0123456789abcde`", false},
		{"", false},
	} {
		if _, ok := pack(row.id); ok != row.ok {
			t.Errorf("pack(%q) = %v", row.id, ok)
		}
	}
}

// FuzzPack checks that what is packed comes back as it was.
func FuzzPack(f *testing.F) {
	f.Add("0123456789abcdef0123456789abcdef")
	f.Add("0123456789ABCDEF0123456789abcdef")
	f.Add("x")
	f.Fuzz(func(t *testing.T, id string) {
		k, ok := pack(id)
		if !ok {
			return
		}
		var back storedID
		if err := back.Scan(k[:]); err != nil || string(back) != id {
			t.Errorf("%q came back as %q, %v", id, back, err)
		}
	})
}

func TestStoredIDDamaged(t *testing.T) {
	var id storedID
	for _, v := range []any{nil, int64(7), []byte("short"), 1.5} {
		if err := id.Scan(v); err == nil {
			t.Errorf("%v was read as the ID %q", v, id)
		}
	}
}

func TestSeqList(t *testing.T) {
	var l seqList
	if got := l.json(); got != "[]" {
		t.Errorf("empty list is %s", got)
	}
	if got := l.add(1).add(-2).add(1 << 62).json(); got != "[1,-2,4611686018427387904]" {
		t.Errorf("list is %s", got)
	}
}

// However long the IDs are, a chunk holds a bounded number of bytes.
func TestChunkIsBounded(t *testing.T) {
	c := &chunk{most: mostChunk}
	for range 3 {
		n := 0
		for ; !c.full(); n++ {
			c.add(strings.Repeat("x", n%128), nil)
		}
		if c.size > mostChunk+128+stringSize {
			t.Errorf("the chunk has %d bytes, and should have %d", c.size, mostChunk)
		}
		c.clear()
		if len(c.keys)+len(c.texts)+c.size != 0 {
			t.Errorf("a cleared chunk has %d keys, %d texts, %d bytes", len(c.keys), len(c.texts), c.size)
		}
	}
}

func TestChunkSorts(t *testing.T) {
	c := &chunk{most: mostChunk}
	for id, err := range randomIDs(100, 3) {
		if err != nil {
			t.Fatal(err)
		}
		c.add(id, nil)
		c.add("text "+id, nil)
	}
	c.sort()
	if !slices.IsSorted(c.texts) || !slices.IsSortedFunc(c.keys, func(a, b key) int { return slices.Compare(a[:], b[:]) }) {
		t.Error("the chunk is not in order")
	}
}
