package source

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// fields splits the records of a table, one at a time, as encoding/csv does. Make it
// with newFields.
type fields struct {
	sep  byte
	csv  *csv.Reader
	feed bytes.Reader
	line []byte
}

func newFields(sep byte) *fields {
	f := &fields{sep: sep}
	f.renew()
	return f
}

// renew begins with a reader that has nothing left from the last record.
func (f *fields) renew() {
	f.csv = csv.NewReader(&f.feed)
	f.csv.Comma = rune(f.sep)
	f.csv.ReuseRecord = true
	f.csv.FieldsPerRecord = -1
}

// parse returns the fields of a record, valid until the next call; false when it has a
// quote out of place.
func (f *fields) parse(record []byte) ([]string, bool) {
	f.line = append(f.withoutFormulas(f.line[:0], record), '\n')
	f.feed.Reset(f.line)
	got, err := f.csv.Read()
	if err != nil {
		f.renew() // the rest of the record may still be in there
		return nil, false
	}
	for i, cell := range got {
		got[i] = withoutFormula(strings.TrimSpace(cell))
	}
	return got, true
}

// withoutFormulas appends record to to, without the equals sign of cells like ="text",
// which is no CSV.
func (f *fields) withoutFormulas(to, record []byte) []byte {
	if !bytes.Contains(record, []byte(`="`)) {
		return append(to, record...)
	}
	at := atStart
	for i, c := range record {
		if at != atStart || c != '=' || i+1 == len(record) || record[i+1] != '"' {
			to = append(to, c)
		}
		at = at.behind(c, f.sep)
	}
	return to
}

// place is where in a record a line ends.
type place int

// The places. A quote opens a field only at its beginning, or behind an equals sign
// there.
const (
	atStart  place = iota // at the beginning of a field
	atEquals              // behind an equals sign at the beginning
	inField               // in a field without quotes
	inQuotes              // in a quoted field
	atQuote               // behind a quote in one: its end, or half of a quote
)

// after returns the place behind line, which begins at p.
func (p place) after(line []byte, sep byte) place {
	for _, c := range line {
		p = p.behind(c, sep)
	}
	return p
}

// behind returns the place behind c, which stands at p.
func (p place) behind(c, sep byte) place {
	switch {
	case p == inQuotes && c == '"':
		return atQuote
	case p == inQuotes:
		return inQuotes
	case c == '"' && p != inField:
		return inQuotes
	case c == sep:
		return atStart
	case c == '=' && p == atStart:
		return atEquals
	default:
		return inField
	}
}
