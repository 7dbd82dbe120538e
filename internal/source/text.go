package source

import "bytes"

// text reads one task ID a line. Blank lines and lines that begin with "#" are
// no records.
type text struct{ lines *lines }

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
		default:
			r.id = string(id)
		}
		return r, nil
	}
}
