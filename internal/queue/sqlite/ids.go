package sqlite

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
)

// key is a task ID of 32 lower-case hexadecimal digits, packed: the form that
// the service gives its own IDs, in half the bytes.
type key [16]byte

// pack returns id as a key, and false when it has another form; then it is
// stored as it is.
func pack(id string) (k key, ok bool) {
	if len(id) != 2*len(k) {
		return k, false
	}
	for i := range k {
		hi, lo := nibble(id[2*i]), nibble(id[2*i+1])
		if hi|lo > 0xf {
			return k, false
		}
		k[i] = hi<<4 | lo
	}
	return k, true
}

// compare orders keys as the index does, byte by byte.
func (k key) compare(other key) int {
	if a, b := binary.BigEndian.Uint64(k[:]), binary.BigEndian.Uint64(other[:]); a != b {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(binary.BigEndian.Uint64(k[8:]), binary.BigEndian.Uint64(other[8:]))
}

// nibble is the value of a lower-case hexadecimal digit, and 0xff for any other
// byte: upper case would come back in lower case, as another ID.
func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	default:
		return 0xff
	}
}

// storedID is a task ID that reads itself from its column.
type storedID string

// Scan implements sql.Scanner.
func (id *storedID) Scan(v any) error {
	switch v := v.(type) {
	case []byte:
		var digits [2 * len(key{})]byte
		if len(v) != len(key{}) {
			return fmt.Errorf("task ID of %d bytes; the ledger is damaged", len(v))
		}
		hex.Encode(digits[:], v)
		*id = storedID(digits[:])
	case string:
		*id = storedID(v)
	default:
		return fmt.Errorf("task ID stored as %T; the ledger is damaged", v)
	}
	return nil
}

// seqList is a JSON array of places under construction: the way to name many
// rows in one statement. The zero value is empty.
type seqList []byte

// add returns the list with seq at its end.
func (l seqList) add(seq int64) seqList {
	if len(l) == 0 {
		l = append(l, '[')
	} else {
		l = append(l, ',')
	}
	return strconv.AppendInt(l, seq, 10)
}

// json returns the whole array.
func (l seqList) json() string {
	if len(l) == 0 {
		return "[]"
	}
	return string(append(l, ']'))
}
