package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"strings"
)

// Seed is the chain value before a file's first line: 64 zeros.
const Seed = "0000000000000000000000000000000000000000000000000000000000000000"

// Each line ends with its chain value: the SHA-256 of the chain value of the line
// before it, as its 64 hexadecimal digits, followed by this line's own bytes
// without the key "chain" and without the line feed. Other tools can compute it:
//
//	printf %s%s "$previous" "$line" | sha256sum
//
// The value is not shortened, so that it is what sha256sum prints. It does not depend on
// a secret: whoever can write the file can also write a new one with valid values. The
// last value, noted elsewhere, reveals that.
const (
	chainKey = `,"chain":"`
	chainEnd = `"}`
	sealLen  = len(chainKey) + len(Seed) + len(chainEnd) // what a line has besides its own bytes
)

// chain is a chain value as it is written: 64 lower-case hexadecimal digits.
type chain [len(Seed)]byte

// parseChain parses a chain value; ok is false if text does not have its form.
func parseChain[T string | []byte](text T) (c chain, ok bool) {
	if len(text) != len(c) {
		return c, false
	}
	for i := range len(text) {
		if !strings.ContainsRune("0123456789abcdef", rune(text[i])) {
			return c, false
		}
		c[i] = text[i]
	}
	return c, true
}

// IsChain reports whether text has the form of a chain value.
func IsChain(text string) bool {
	_, ok := parseChain(text)
	return ok
}

// linker computes chain values without allocating. It is not safe for
// concurrent use.
type linker struct {
	hash hash.Hash
	sum  [sha256.Size]byte
	text chain
}

func newLinker() *linker { return &linker{hash: sha256.New()} }

// next returns the chain value of a line with these own bytes after a line with the value
// prev.
func (l *linker) next(prev chain, own []byte) chain {
	l.hash.Reset()
	l.text = prev
	_, _ = l.hash.Write(l.text[:]) // a hash never fails
	_, _ = l.hash.Write(own)
	hex.Encode(l.text[:], l.hash.Sum(l.sum[:0]))
	return l.text
}

// seal completes the line whose own bytes are in b from start on: it adds a chain value,
// which it also returns, and a line feed.
func (l *linker) seal(b []byte, start int, prev chain) ([]byte, chain) {
	c := l.next(prev, b[start:])
	b = append(b[:len(b)-1], chainKey...) // in place of the closing brace
	b = append(b, c[:]...)
	return append(b, chainEnd+"\n"...), c
}

// The reasons why a line is not part of the chain.
var (
	errNoLine  = errors.New("is not a line of results")
	errUnbound = errors.New("has no chain value, as in files of an older cleaner")
)

// unseal returns the own bytes and the chain value of a line, which has no line feed. It
// overwrites a byte of line, which the own bytes share.
func unseal(line []byte) (own []byte, c chain, err error) {
	if !bytes.HasPrefix(line, []byte(lineHead)) || !json.Valid(line) {
		return nil, c, errNoLine
	}
	cut := len(line) - sealLen
	if cut <= 0 || !bytes.HasPrefix(line[cut:], []byte(chainKey)) {
		return nil, c, errUnbound
	}
	c, ok := parseChain(line[cut+len(chainKey) : len(line)-len(chainEnd)])
	if !ok || !bytes.HasSuffix(line, []byte(chainEnd)) {
		return nil, c, errUnbound
	}
	line[cut] = '}'
	return line[:cut+1], c, nil
}
