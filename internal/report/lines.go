package report

import (
	"bufio"
	"errors"
	"io"
)

// line is one parsed line of a results file.
type line struct {
	number int64
	own    []byte // its own bytes; valid until another line is read
	chain  chain
	err    error // why it is not part of the chain
	torn   bool  // it has no line feed: the file ends within it
}

// lineReader reads a results file line by line.
type lineReader struct {
	in    *bufio.Reader
	read  int64 // how many whole lines were read
	ended error // why there are no more
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{in: bufio.NewReaderSize(r, longest)} }

// next returns the next line, or io.EOF after the last. After an error it returns the
// same error again.
func (r *lineReader) next() (l line, err error) {
	if r.ended != nil {
		return l, r.ended
	}
	l.number = r.read + 1
	text, err := r.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		l.err = errNoLine
		text, err = r.in.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && (len(text) > 0 || l.err != nil) {
		l.torn, r.ended = true, io.EOF
		return l, nil //nolint:nilerr // the next call returns io.EOF
	}
	if err != nil {
		r.ended = err
		return l, err
	}
	r.read++
	if l.err == nil {
		l.own, l.chain, l.err = unseal(text[:len(text)-1])
	}
	return l, nil
}
