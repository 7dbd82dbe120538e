package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// maxID is the longest task ID the documentation allows (DeleteTaskV3).
const maxID = 128

// key is a task ID in sixteen bytes, so that millions of them fit.
type key [16]byte

// ref names one ID: its key, and the ID itself when the key cannot be turned
// back into it.
type ref struct {
	key key
	odd string // the ID, unless it is 32 lower-case hexadecimal digits
}

// refOf is the ref of an ID, well-formed or not.
func refOf(id string) ref {
	if k, ok := parseKey(id); ok {
		return ref{key: k}
	}
	// A hash may meet the digits of some other ID, once in 2^128 times.
	sum := sha256.Sum256([]byte(id))
	return ref{key: key(sum[:16]), odd: id}
}

// parseKey reads the usual form of an ID: 32 lower-case hexadecimal digits.
func parseKey(id string) (k key, ok bool) {
	if len(id) != 2*len(k) {
		return k, false
	}
	for i := range k {
		hi, lo := digit(id[2*i]), digit(id[2*i+1])
		if hi > 15 || lo > 15 {
			return key{}, false
		}
		k[i] = hi<<4 | lo
	}
	return k, true
}

// digit is the value of a lower-case hexadecimal digit, or 255.
func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// id is the ID that r was made of.
func (r ref) id() string {
	if r.odd != "" {
		return r.odd
	}
	return r.key.text()
}

// validID reports whether the service would take id for a task ID at all:
// 1 to 128 letters, digits, dashes and underscores.
func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		// Setting this bit makes ASCII letters lower case, and no other sign one.
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// salt makes draws under one name differ from those under any other.
func salt(seed uint64, name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return mix(seed) ^ binary.LittleEndian.Uint64(sum[:])
}

// draw is the number from 0 up to 1 that a salt gives to an ID. It depends on
// nothing else, so that it is the same in every run.
func draw(salt uint64, k key) float64 {
	return float64(k.hash(salt)>>11) / (1 << 53)
}

// hash spreads k over 64 bits.
func (k key) hash(salt uint64) uint64 {
	lo, hi := binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:])
	return mix(mix(salt^lo) ^ hi)
}

// mix is the finalizer of the SplitMix64 generator (Steele, Lea and Flood).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// isShare reports whether x is a number from 0 to 1.
func isShare(x float64) bool { return x >= 0 && x <= 1 }

// text is k in hexadecimal digits.
func (k key) text() string { return hex.EncodeToString(k[:]) }
