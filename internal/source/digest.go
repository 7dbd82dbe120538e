package source

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// digested is a reader that takes the digest of what is read.
type digested struct {
	in  io.Reader
	sum hash.Hash
}

func newDigested(in io.Reader) *digested { return &digested{in, sha256.New()} }

// Read implements io.Reader.
func (d *digested) Read(p []byte) (n int, err error) {
	n, err = d.in.Read(p)
	_, _ = d.sum.Write(p[:n]) // a hash never fails
	return n, err
}

// digest is that of what has been read.
func (d *digested) digest() string { return hex.EncodeToString(d.sum.Sum(nil)) }
