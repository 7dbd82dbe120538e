package source

import "bytes"

// cutOff is why the last line is rejected of a file that ends inside it: half of
// an ID may be another's.
const cutOff = "the file ends inside this line: it has no line end, and is shorter than the ID before it"

// text reads one task ID a line. Blank lines and lines that begin with "#" are
// no records.
type text struct {
	lines  *lines
	before int // the length of the last ID
}

func (t *text) next() (record, error) {
	for {
		line, long, err := t.lines.next()
		if err != nil {
			return record{}, err
		}
		r := record{line: t.lines.n, text: line}
		id := bytes.TrimSpace(line)
		switch {
		case long:
			r.fault = tooLong
		case len(id) == 0 || id[0] == '#':
			continue
		case t.lines.open && len(id) < t.before:
			r.fault = cutOff
		default:
			r.id = string(id)
			t.before = len(id)
		}
		return r, nil
	}
}
