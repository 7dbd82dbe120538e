package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// maxLine is how long a line may be, in bytes. A longer one is rejected.
const maxLine = 64 << 10

// errNUL is for files in UTF-16, sparse files and everything that is no text.
var errNUL = errors.New("there is a NUL byte; give a text file in UTF-8")

// tooLong is why a long line is rejected.
const tooLong = "longer than 64 KiB"

// lines reads lines of bounded length and counts them.
type lines struct {
	r    *bufio.Reader
	n    int  // how many have been read
	open bool // the last one read has no line end
}

// newLines returns the lines of in, decompressed and without a byte order mark.
func newLines(in io.Reader) (*lines, error) {
	r := bufio.NewReaderSize(in, maxLine)
	if magic, _ := r.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(r) // all members, one after the other
		if err != nil {
			return nil, err
		}
		r = bufio.NewReaderSize(unzipped, maxLine)
	}
	if mark, _ := r.Peek(3); string(mark) == "\xef\xbb\xbf" {
		if _, err := r.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	return &lines{r: r}, nil
}

// next returns the next line without its end, valid until the next call, and
// io.EOF after the last one. Of a line that is too long it returns the
// beginning, and true.
func (l *lines) next() (text []byte, long bool, err error) {
	text, err = l.slice()
	if len(text) == 0 && err != nil {
		return nil, false, err
	}
	l.n++
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
	return bytes.TrimSuffix(text, []byte("\r")), false, nil
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

// ahead returns the first line that is not blank, without reading it; nothing
// when it is too long or there is none.
func (l *lines) ahead() []byte {
	text, _ := l.r.Peek(maxLine)
	text = bytes.TrimLeft(text, " \t\r\n")
	line, _, found := bytes.Cut(text, []byte("\n"))
	if !found && len(text) == maxLine {
		return nil
	}
	return bytes.TrimSpace(line)
}
