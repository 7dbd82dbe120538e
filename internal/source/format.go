package source

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
)

// columns are the names that a column or a key with task IDs has, the most
// telling first: where there are several, the first one found counts.
func columns() []string { return []string{"task_id", "taskId", "task-id", "id"} }

// newParser chooses the parser for a source by its name and its first line. A
// name alone makes a JSON Lines file or a CSV; elsewhere the first line tells,
// a header first, for it may be quoted as JSON strings are.
func newParser(path string, l *lines) (parser, error) {
	first := l.ahead()
	switch extension(path) {
	case ".csv":
		return newTable(l)
	case ".jsonl", ".ndjson":
		return &jsonLines{l}, nil
	}
	switch {
	case isHeader(first):
		return newTable(l)
	case bytes.HasPrefix(first, []byte("{")), bytes.HasPrefix(first, []byte(`"`)):
		return &jsonLines{l}, nil
	}
	return &text{lines: l}, nil
}

// extension is the extension of path in lower case, that of gzip aside.
func extension(path string) string {
	path = strings.ToLower(path)
	return filepath.Ext(strings.TrimSuffix(path, ".gz"))
}

// isHeader reports whether line is the header of a CSV: it names a column of
// task IDs.
func isHeader(line []byte) bool {
	fields, err := newFields().parse(line)
	return err == nil && column(fields) >= 0
}

// column returns which of fields holds the task IDs, or -1.
func column(fields []string) int {
	for _, name := range columns() {
		i := slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(strings.TrimSpace(f), name) })
		if i >= 0 {
			return i
		}
	}
	return -1
}
