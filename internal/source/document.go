package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// document reads JSON that is not one value a line: lists of strings or objects, the
// service's own answers, and objects, one behind another. Where it is not JSON it
// cannot go on.
type document struct {
	lines  *lines
	naming naming
	inside part
	first  bool   // nothing has been read of the list or object that it is in
	answer object // the object that it is in
	text   []byte // the last value
	line   int    // where that begins, or the object
}

// part is what of a document comes next.
type part int

// The parts.
const (
	outside  part = iota // a value, or the end
	inList               // an element of a list
	inAnswer             // a member of an object
	inTasks              // an element of the list in an object
)

// errJSON is for what no JSON is.
var errJSON = errors.New("it is not JSON")

func (d *document) next() (record, error) {
	for {
		r, found, err := d.step()
		if err == nil && !found {
			continue
		}
		if d.inside != outside && (errors.Is(err, io.EOF) || errors.Is(err, errJSON) && d.atEnd()) {
			err = errTorn
		}
		return r, err
	}
}

// step reads one part of the document, and reports whether it is a record.
func (d *document) step() (r record, found bool, err error) {
	c, err := d.peek()
	if err != nil {
		return r, false, err
	}
	switch d.inside {
	case outside:
		return d.begin(c)
	case inAnswer:
		return d.member(c)
	}
	if end, err := d.between(c, ']'); err != nil || end {
		return r, false, err
	}
	if c, err = d.peek(); err != nil {
		return r, false, err
	}
	if c == '[' {
		return r, false, at(d.lines.n+1, errors.New("there is a list within a list"))
	}
	r, err = d.value()
	return r, true, err
}

// begin begins a value that stands by itself.
func (d *document) begin(c byte) (r record, found bool, err error) {
	d.first = true
	switch c {
	case '[':
		d.inside = inList
		return r, false, d.drop(1)
	case '{':
		d.inside, d.answer, d.line = inAnswer, object{}, d.lines.n+1
		return r, false, d.drop(1)
	}
	r, err = d.value()
	return r, true, err
}

// between passes over the comma, or over the end of the list or object that c is.
func (d *document) between(c, end byte) (ended bool, err error) {
	if c == end {
		d.first = false
		if d.inside == inTasks {
			d.inside = inAnswer
		} else {
			d.inside = outside
		}
		return true, d.drop(1)
	}
	if d.first {
		d.first = false
		return false, nil
	}
	if c != ',' {
		return false, at(d.lines.n+1, fmt.Errorf("%w: a comma is missing", errJSON))
	}
	return false, d.drop(1)
}

// member reads a member of an object, up to the list of its tasks; the end of the
// object is a record if it names a task.
func (d *document) member(c byte) (r record, found bool, err error) {
	if end, err := d.between(c, '}'); err != nil || end {
		r = record{line: d.line, text: []byte("{...}")}
		if err == nil && (!d.answer.listed || len(d.answer.names) > 0) {
			found, err = true, d.answer.fill(&r, d.naming)
		}
		if found && d.answer.listed && err == nil {
			found = false
		}
		return r, found, err
	}
	key, err := d.value()
	if err != nil {
		return r, false, err
	}
	name := keyOf(d.text)
	if c, err = d.peek(); err != nil {
		return r, false, err
	}
	if key.fault == tooLong || d.text[0] != '"' || c != ':' {
		return r, false, at(key.line, fmt.Errorf("%w: a key is missing", errJSON))
	}
	if err := d.drop(1); err != nil {
		return r, false, err
	}
	if c, err = d.peek(); err != nil {
		return r, false, err
	}
	if name == tasksKey && c == '[' {
		d.answer.listed, d.inside, d.first = true, inTasks, true
		return r, false, d.drop(1)
	}
	return r, false, d.keep(name)
}

// keep notes a value of the object.
func (d *document) keep(name string) error {
	v, err := d.value()
	if err != nil {
		return err
	}
	if v.fault == tooLong {
		return at(v.line, fmt.Errorf("the value of %q is %s", name, tooLong))
	}
	if len(d.answer.names) >= mostMembers {
		return at(v.line, fmt.Errorf("an object has more than %d members", mostMembers))
	}
	d.answer.add(name, bytes.Clone(d.text))
	return nil
}

// mostMembers bounds the members of an object that is read piece by piece.
const mostMembers = 200

// value reads the next value as a record.
func (d *document) value() (record, error) {
	if _, err := d.peek(); err != nil {
		return record{}, err
	}
	r := record{line: d.lines.n + 1}
	long, err := d.read()
	if err != nil {
		return r, err
	}
	if r.text = d.text; long {
		r.fault = tooLong
		return r, nil
	}
	if !json.Valid(d.text) {
		return r, at(r.line, errJSON)
	}
	if d.inside == inAnswer {
		return r, nil // the caller looks at the text
	}
	return r, r.take(d.text, d.naming)
}

// read reads the next value into d.text; of one that is too long it keeps the
// beginning, and returns true.
func (d *document) read() (long bool, err error) {
	d.text = d.text[:0]
	var s span
	for {
		c, err := d.lines.r.ReadByte()
		if errors.Is(err, io.EOF) && s.begun && s.depth == 0 && !s.quoted {
			return long, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errTorn
			}
			return long, err
		}
		if c == 0 {
			return long, errNUL
		}
		ended := s.ended(c)
		if ended && !s.inclusive {
			return long, d.lines.r.UnreadByte()
		}
		if c == '\n' {
			d.lines.n++
		}
		if long = long || len(d.text) >= maxLine; !long {
			d.text = append(d.text, c)
		}
		if ended {
			return long, nil
		}
	}
}

// peek returns the next byte behind white space, without reading it. A byte order
// mark between two values is white space.
func (d *document) peek() (byte, error) {
	for {
		c, err := d.lines.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			d.lines.n++
		case c == 0:
			return 0, errNUL
		case c == mark[0] && d.inside == outside:
			if err := d.unmark(); err != nil {
				return 0, err
			}
		case c != ' ' && c != '\t' && c != '\r':
			return c, d.lines.r.UnreadByte()
		}
	}
}

// unmark reads the rest of a byte order mark.
func (d *document) unmark() error {
	rest, _ := d.lines.r.Peek(len(mark) - 1)
	if string(rest) != mark[1:] {
		return at(d.lines.n+1, errJSON)
	}
	return d.drop(len(rest))
}

// drop reads past so many bytes.
func (d *document) drop(n int) error {
	_, err := d.lines.r.Discard(n)
	return err
}

// atEnd reports whether there is nothing behind.
func (d *document) atEnd() bool {
	_, err := d.peek()
	return errors.Is(err, io.EOF)
}
