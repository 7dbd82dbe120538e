package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is how long a line may be, in bytes. A longer one is rejected.
const maxLine = 64 << 10

// errNUL is for sparse files and everything that is no text.
var errNUL = errors.New("there is a NUL byte: it is no text")

// tooLong is why a long line is rejected.
const tooLong = "longer than 64 KiB"

// mark is the byte order mark in UTF-8. Files that were put together have one in
// the middle.
const mark = "\xef\xbb\xbf"

// lines reads lines of bounded length and counts them.
type lines struct {
	r    *bufio.Reader
	n    int  // how many have been read
	open bool // the last one read has no line end
}

// next returns the next line without its end and without a byte order mark, valid
// until the next call, and io.EOF after the last one. Of a line that is too long it
// returns the beginning, and true. Blank lines may be left out, but are counted.
func (l *lines) next() (text []byte, long bool, err error) {
	l.skipBlank()
	text, err = l.slice()
	if len(text) == 0 && err != nil {
		return nil, false, err
	}
	l.n++
	l.open = false
	if errors.Is(err, bufio.ErrBufferFull) {
		head := bytes.Clone(text[:maxReject+1])
		err = l.skip()
		return head, true, err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	l.open = err != nil
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	return bytes.TrimPrefix(text, []byte(mark)), false, nil
}

// skipBlank passes over the blank lines that the buffer begins with: somebody may
// give a great many of them.
func (l *lines) skipBlank() {
	ahead, _ := l.r.Peek(l.r.Buffered())
	end := 0
	for i, c := range ahead {
		if c == '\n' {
			l.n++
			end = i + 1
		} else if c != '\r' && c != ' ' && c != '\t' {
			break
		}
	}
	_, _ = l.r.Discard(end) // it is in the buffer
}

// skip reads to the end of a line.
func (l *lines) skip() error {
	for {
		_, err := l.slice()
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil // the next call finds the end
		default:
			return err
		}
	}
}

// slice is ReadSlice, but for NUL bytes.
func (l *lines) slice() ([]byte, error) {
	text, err := l.r.ReadSlice('\n')
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errNUL
	}
	return text, err
}

// ahead returns the first line that is not blank, without reading it, and whether it
// is whole: of one that is too long it returns the beginning.
func (l *lines) ahead() (text []byte, whole bool) {
	for {
		l.skipBlank()
		text, _ = l.r.Peek(maxLine)
		filled := len(text)
		text = bytes.TrimPrefix(text, []byte(mark))
		line, rest, found := bytes.Cut(text, []byte("\n"))
		line = bytes.TrimSpace(line)
		if len(line) > 0 || len(rest) == 0 {
			return line, found || filled < maxLine
		}
		l.n++ // a blank line with a mark
		_, _ = l.r.Discard(filled - len(rest))
	}
}
