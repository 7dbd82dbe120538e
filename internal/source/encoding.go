package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// mostUnzipped bounds what a compressed source may come to: a few kilobytes of gzip
// can be made to fill any disk.
const mostUnzipped = 1 << 30

// newLines returns the lines of in as UTF-8: decompressed, decoded, and without a byte
// order mark.
func newLines(in io.Reader) (*lines, error) {
	r := bufio.NewReaderSize(in, maxLine)
	if magic, _ := r.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(r) // all members, one after the other
		if err != nil {
			return nil, whole(err)
		}
		past := &conversion{
			problem: fmt.Sprintf("it holds more than %d MiB when it is decompressed", mostUnzipped>>20), command: "gzip -dc %s > ids.txt",
		}
		r = bufio.NewReaderSize(&counted{in: unzipped, most: mostUnzipped, past: past}, maxLine)
	}
	head, _ := r.Peek(headLength) // an error comes again
	if err := refuseForeign(head); err != nil {
		return nil, err
	}
	if order, found := wide(head); found {
		decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		r = bufio.NewReaderSize(transform.NewReader(&even{in: r}, decoder), maxLine)
	}
	l := &lines{r: r}
	if text, _ := r.Peek(maxLine); bytes.IndexByte(text, '\r') >= 0 && bytes.IndexByte(text, '\n') < 0 &&
		bytes.IndexByte(bytes.TrimSpace(text), '\r') >= 0 {
		return nil, errCarriage()
	}
	return l, nil
}

// whole returns err, with the end of a file within what must be whole as errTorn.
func whole(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w (%w)", errTorn, err)
	}
	return err
}

// wide reports whether head begins a text in UTF-16, and in which order its bytes
// come. Without a mark it is known by the zeros beside its first characters, which are
// of ASCII in every list of IDs.
func wide(head []byte) (order unicode.Endianness, found bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.BigEndian, true
	}
	head = head[:min(len(head), 8)&^1]
	if len(head) < 4 {
		return order, false
	}
	little, big := true, true
	for i := 0; i < len(head); i += 2 {
		little = little && isASCII(head[i]) && head[i+1] == 0
		big = big && head[i] == 0 && isASCII(head[i+1])
	}
	if big {
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, little
}

// isASCII reports whether c is a character of a text in ASCII.
func isASCII(c byte) bool {
	return ' ' <= c && c < 0x7f || c == '\t' || c == '\n' || c == '\r'
}
