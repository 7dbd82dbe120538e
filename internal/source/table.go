package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads a table whose header names a column of task IDs. A record may lack
// cells at its end, or have blank ones too many: spreadsheets write both. With more
// than that its columns may be shifted, and it is rejected.
type table struct {
	lines  *lines
	fields *fields
	naming naming
	names  []string
	column choice
	more   bool   // there is a column of reasons, or of who asked
	buf    []byte // a record of several lines
}

// errUnclosed is fatal: what follows the quote would be rejected as one line,
// and its IDs nowhere to be found.
var errUnclosed = errors.New("a quote that was opened is not closed")

// newTable reads the header.
func newTable(l *lines, n naming, sep byte) (*table, error) {
	t := &table{lines: l, fields: newFields(sep), naming: n}
	header, _, long, err := t.raw()
	if errors.Is(err, io.EOF) {
		return t, nil
	}
	if err == nil && long {
		err = errors.New(tooLong)
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	names, ok := t.fields.parse(header)
	if !ok {
		return nil, errors.New("header: a quote out of place")
	}
	t.names = slices.Clone(names)
	t.more = slices.ContainsFunc(t.names, func(name string) bool {
		plain := plainName(name)
		return plain == plainName("reason") || plain == plainName("requested_by")
	})
	if t.column, err = n.choose(t.names); err != nil {
		return nil, err
	}
	if t.column.at < 0 {
		return nil, noColumn(n, t.names)
	}
	return t, nil
}

func (t *table) next() (record, error) {
	for {
		text, line, long, err := t.raw()
		if err != nil {
			return record{}, err
		}
		r := record{line: line, text: text}
		if long {
			r.fault = tooLong
			return r, nil
		}
		cells, ok := t.fields.parse(text)
		if !ok {
			r.fault, r.torn = "a quote out of place", t.lines.open
			return r, nil
		}
		if len(t.names) == 1 {
			cells[0] = strings.TrimRight(cells[0], separators) // of whatever kind
		}
		if isBlank(cells) || slices.Equal(cells, t.names) {
			continue // files that were put together have the header again
		}
		return t.fill(r, cells)
	}
}

// fill gives r what its cells say.
func (t *table) fill(r record, cells []string) (record, error) {
	place := t.column.at
	r.torn = t.lines.open && len(cells) < len(t.names)
	r.open = t.lines.open && place == len(cells)-1 && !bytes.HasSuffix(r.text, []byte(`"`))
	switch {
	case len(cells) > len(t.names) && !isBlank(cells[len(t.names):]):
		r.fault = fmt.Sprintf("%d fields, where the header has %d", len(cells), len(t.names))
	case place >= len(cells):
		r.fault = "no task ID: the row is too short"
	case t.naming.known(cells[place]):
		return r, at(r.line, errors.New("another header; give each table by itself"))
	default:
		r.id, r.more = strings.Clone(cells[place]), t.more
		r.also = t.others(cells)
	}
	return r, nil
}

// others returns what stands where the task ID could be meant to stand too.
func (t *table) others(cells []string) (also []named) {
	for _, i := range t.column.also {
		if i < len(cells) {
			also = append(also, named{pick(t.names, []int{t.column.at, i}), strings.Clone(cells[i])})
		}
	}
	return also
}

func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return c != "" })
}

// raw returns the bytes of the next record that is not blank, and the line on
// which it begins. Its last line end is left out.
func (t *table) raw() (text []byte, line int, long bool, err error) {
	for len(bytes.TrimSpace(text)) == 0 && !long {
		if text, long, err = t.lines.next(); err != nil {
			return nil, 0, false, err
		}
	}
	line = t.lines.n
	if long || atStart.after(text, t.fields.sep) != inQuotes {
		return text, line, long, nil
	}
	text, err = t.rest(text, line)
	return text, line, false, err
}

// rest returns the record that begins with head, on that line, and goes on
// behind a line end within quotes.
func (t *table) rest(head []byte, line int) ([]byte, error) {
	t.buf = append(t.buf[:0], head...)
	seen := line
	for at := inQuotes; at == inQuotes; {
		more, long, err := t.lines.next()
		if errors.Is(err, io.EOF) || long || len(t.buf)+len(more) > maxLine {
			return nil, fmt.Errorf("%w: it stands on line %d", errUnclosed, line)
		}
		if err != nil {
			return nil, err
		}
		for ; seen < t.lines.n; seen++ { // blank lines too
			t.buf = append(t.buf, '\n')
		}
		t.buf = append(t.buf, more...)
		at = at.after(more, t.fields.sep)
	}
	return t.buf, nil
}
