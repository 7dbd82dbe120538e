package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// line is one line of a results file, taken apart.
type line struct {
	number int64
	own    []byte // its own bytes; valid until another line is read, also ahead
	chain  chain
	err    error // why it is none of the chain
	torn   bool  // it has no line feed: the file ends within it
}

// ahead is how many lines a lineReader can look ahead.
const ahead = 16

// lineReader reads a results file line by line, and looks some lines ahead where
// a fault wants to be understood.
type lineReader struct {
	in    *bufio.Reader
	read  int64  // how many lines were read from in
	seen  []line // read from in and not yet returned by next
	ended error  // why in has no more
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{in: bufio.NewReaderSize(r, longest)} }

// next returns the next line, or io.EOF after the last.
func (r *lineReader) next() (line, error) {
	if len(r.seen) > 0 {
		l := r.seen[0]
		r.seen = r.seen[1:]
		return l, nil
	}
	return r.fresh()
}

// peek returns the line that next will return after n others; ok is false when
// there is none, or it is none of the chain, or too far away.
func (r *lineReader) peek(n int) (l *line, ok bool) {
	for len(r.seen) <= n {
		if n >= ahead {
			return nil, false
		}
		l, err := r.fresh()
		if err != nil {
			return nil, false
		}
		l.own = bytes.Clone(l.own)
		r.seen = append(r.seen, l)
	}
	l = &r.seen[n]
	return l, l.err == nil && !l.torn
}

// fresh reads a line. Once it has returned an error, it returns only that.
func (r *lineReader) fresh() (l line, err error) {
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
		return l, nil //nolint:nilerr // the next call tells the end
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
