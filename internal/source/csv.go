package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// table reads a CSV whose header names a column of task IDs. A record with more
// or fewer fields than the header is rejected: its columns may be shifted.
type table struct {
	lines  *lines
	fields *fields
	column int
	last   bool   // nothing stands behind the ID in its record
	before int    // the length of the last ID
	buf    []byte // a record of several lines
}

// errUnclosed is fatal: what follows the quote would be rejected as one line,
// and its IDs nowhere to be found.
var errUnclosed = errors.New("a quote that was opened is not closed")

// newTable reads the header.
func newTable(l *lines) (*table, error) {
	t := &table{lines: l, fields: newFields()}
	header, _, long, err := t.raw()
	if errors.Is(err, io.EOF) {
		return t, nil // an empty file
	}
	if err == nil && long {
		err = errors.New(tooLong)
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	names, err := t.fields.parse(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if t.column = column(names); t.column < 0 {
		return nil, fmt.Errorf("no column is named %s; there are %q", strings.Join(columns(), ", "), names)
	}
	t.last = t.column == len(names)-1
	t.fields.want(len(names))
	return t, nil
}

func (t *table) next() (record, error) {
	text, line, long, err := t.raw()
	if err != nil {
		return record{}, err
	}
	r := record{line: line, text: text}
	if long {
		r.fault = tooLong
		return r, nil
	}
	fields, err := t.fields.parse(text)
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		r.fault = fmt.Sprintf("%d fields, where the header has %d", len(fields), t.fields.wanted)
	case err != nil:
		r.fault = "a quote out of place"
	default:
		t.name(&r, strings.TrimSpace(fields[t.column]))
	}
	return r, nil
}

// name gives r the ID, unless the file may end inside it: where the ID is last, the
// record is whole without its rest. A closing quote ends an ID for certain.
func (t *table) name(r *record, id string) {
	if t.last && t.lines.open && len(id) < t.before && !bytes.HasSuffix(r.text, []byte(`"`)) {
		r.fault = cutOff
		return
	}
	r.id = strings.Clone(id)
	t.before = len(id)
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
	if long || atStart.after(text) != inQuotes {
		return text, line, long, nil
	}
	text, err = t.rest(text, line)
	return text, line, false, err
}

// rest returns the record that begins with head, on that line, and goes on
// behind a line end within quotes.
func (t *table) rest(head []byte, line int) ([]byte, error) {
	t.buf = append(t.buf[:0], head...)
	for at := inQuotes; at == inQuotes; {
		more, long, err := t.lines.next()
		if errors.Is(err, io.EOF) || long || len(t.buf)+len(more) > maxLine {
			return nil, fmt.Errorf("%w: it stands on line %d", errUnclosed, line)
		}
		if err != nil {
			return nil, err
		}
		t.buf = append(append(t.buf, '\n'), more...)
		at = at.after(more)
	}
	return t.buf, nil
}
