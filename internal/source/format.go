package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// newParser chooses the parser for a source by its name and its first line. A header
// comes first, for it may be quoted as JSON strings are; then JSON; else it is text.
func (s *Source) newParser(l *lines) (parser, error) {
	n, ext := naming{s.opt.Column}, extension(s.path)
	first, whole := l.ahead()
	sep, found := separatorOf(first)
	headed := false
	switch {
	case found:
		if _, _, err := l.next(); err != nil {
			return nil, err
		}
		first, whole = l.ahead()
		headed = n.in(first, sep)
	case ext != ".jsonl" && ext != ".ndjson" && ext != ".json":
		sep, headed = headerSeparator(first, n)
	}
	switch {
	case len(first) == 0:
		return &text{lines: l, naming: n}, nil
	case headed, found && !s.isID(first):
		return newTable(l, n, sep)
	case first[0] == '[', first[0] == '{' && (!whole || !isObject(first)):
		return &document{lines: l, naming: n}, nil
	case first[0] == '{', first[0] == '"' && json.Valid(first), ext == ".jsonl", ext == ".ndjson", ext == ".json":
		return &jsonLines{lines: l, naming: n}, nil
	case s.opt.Column != "", (ext == ".csv" || ext == ".tsv") && !s.isID(first):
		return newTable(l, n, likelySeparator(first))
	}
	return &text{lines: l, naming: n}, nil
}

// isID reports whether line is a task ID by itself, and so the first of a list
// without a header.
func (s *sieve) isID(line []byte) bool {
	id, fault := soleCell(line)
	return fault == "" && id != "" && s.opt.Check(Fold(id)) == nil
}

// isObject reports whether line is an object that is no list of tasks, as each line
// of JSON Lines is. One that is broken is an object too; one that goes on is not.
func isObject(line []byte) bool {
	if json.Valid(line) {
		for key, value := range members(line) {
			if key == tasksKey && value[0] != '"' {
				return false
			}
		}
		return true
	}
	var v json.RawMessage
	return !errors.Is(json.NewDecoder(bytes.NewReader(line)).Decode(&v), io.ErrUnexpectedEOF)
}

// extension is the extension of path in lower case, that of gzip aside.
func extension(path string) string {
	path = strings.ToLower(path)
	return filepath.Ext(strings.TrimSuffix(path, ".gz"))
}

// separators are what may stand between the cells of a table.
const separators = ",;\t|"

// separatorOf reports whether line is the one by which Excel tells what separates the
// cells ("sep=;"), and returns that.
func separatorOf(line []byte) (sep byte, found bool) {
	value := strings.Trim(string(line), `"`)
	if len(value) < 4 || !strings.EqualFold(value[:4], "sep=") {
		return 0, false
	}
	switch value = value[4:]; {
	case value == "": // a tab, which was trimmed
		return '\t', true
	case strings.Contains(separators, value[:1]):
		return value[0], true
	}
	return 0, false
}

// headerSeparator reports whether line is the header of a table, which names a column
// of task IDs, and returns what separates its cells.
func headerSeparator(line []byte, n naming) (sep byte, found bool) {
	for i := range len(separators) {
		if n.in(line, separators[i]) {
			return separators[i], true
		}
	}
	return 0, false
}

// in reports whether line is a header that names a column of task IDs, or several.
func (n naming) in(line []byte, sep byte) bool {
	cells, ok := newFields(sep).parse(line)
	if !ok {
		return false
	}
	c, err := n.choose(cells)
	return err != nil || c.at >= 0
}

// likelySeparator returns what seems to separate the cells of a header that names no
// column of task IDs.
func likelySeparator(line []byte) byte {
	best := separators[0]
	for i := range len(separators) {
		if bytes.Count(line, []byte{separators[i]}) > bytes.Count(line, []byte{best}) {
			best = separators[i]
		}
	}
	return best
}

// noColumn says that a header does not name what is looked for.
func noColumn(n naming, names []string) error {
	return fmt.Errorf("no column is named %s; there are %q", n, names)
}
