package source

import (
	"bytes"
	"encoding/csv"
	"errors"
)

// fields splits the records of a CSV, one at a time, as encoding/csv does. The
// zero value is not ready: see newFields.
type fields struct {
	csv    *csv.Reader
	feed   bytes.Reader
	line   []byte
	wanted int // how many fields a record has; 0 for any number
}

func newFields() *fields {
	f := &fields{}
	f.renew()
	return f
}

// want says how many fields a record has from here on.
func (f *fields) want(n int) {
	f.wanted = n
	f.csv.FieldsPerRecord = n
}

// renew begins with a reader that has nothing left from the last record.
func (f *fields) renew() {
	f.csv = csv.NewReader(&f.feed)
	f.csv.ReuseRecord = true
	f.csv.FieldsPerRecord = f.wanted
	if f.wanted == 0 {
		f.csv.FieldsPerRecord = -1
	}
}

// parse returns the fields of a record, valid until the next call. With
// csv.ErrFieldCount it returns them too.
func (f *fields) parse(record []byte) ([]string, error) {
	f.line = append(append(f.line[:0], record...), '\n')
	f.feed.Reset(f.line)
	got, err := f.csv.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		f.renew() // the rest of the record may still be in there
	}
	return got, err
}

// place is where in a record a line ends.
type place int

// The places. A quote opens a field only at its beginning.
const (
	atStart  place = iota // at the beginning of a field
	inField               // in a field without quotes
	inQuotes              // in a quoted field
	atQuote               // behind a quote in one: its end, or half of a quote
)

// after returns the place behind line, which begins at p.
func (p place) after(line []byte) place {
	for _, c := range line {
		switch {
		case p == inQuotes && c == '"':
			p = atQuote
		case p == inQuotes:
		case c == '"' && p != inField:
			p = inQuotes
		case c == ',':
			p = atStart
		default:
			p = inField
		}
	}
	return p
}
