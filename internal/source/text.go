package source

import (
	"bytes"
	"strings"
)

// severalCells is why a line is rejected that holds more than one value.
const severalCells = "several values, and no header says which one is the task ID"

// text reads one task ID a line, as it stands or as the only cell of a spreadsheet's
// row. Blank lines and lines that begin with "#" are no records.
type text struct {
	lines  *lines
	naming naming
}

func (t *text) next() (record, error) {
	for {
		line, long, err := t.lines.next()
		if err != nil {
			return record{}, err
		}
		r := record{line: t.lines.n, text: line, open: t.lines.open}
		if long {
			r.fault = tooLong
			return r, nil
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 || trimmed[0] == '#' {
			continue
		}
		if r.id, r.fault = soleCell(line); r.id == "" && r.fault == "" {
			continue // a row of blank cells
		}
		if t.naming.known(r.id) {
			r.fault = "the name of a column, and no task ID"
		}
		return r, nil
	}
}

// isWord reports whether line has letters and digits alone, as most task IDs: then
// there is nothing about the cell that a spreadsheet could have written.
func isWord(line []byte) bool {
	for _, c := range line {
		if letter := c | 0x20; !isDigit(c) && (letter < 'a' || letter > 'z') {
			return false
		}
	}
	return true
}

// soleCell returns the one cell of a row that has no more than blank ones behind it;
// nothing when all are blank.
func soleCell(line []byte) (cell, fault string) {
	if isWord(line) {
		return string(line), ""
	}
	row := strings.TrimSpace(string(line))
	for trimmed := ""; trimmed != row; {
		trimmed = row
		row = strings.TrimRight(row, separators+" ")
		if rest, ok := strings.CutSuffix(row, `""`); ok && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], separators)) {
			row = rest
		}
	}
	cell = withoutFormula(unquote(strings.TrimPrefix(row, "=")))
	if !strings.HasPrefix(row, `="`) && strings.HasPrefix(row, "=") {
		cell = row
	}
	if strings.ContainsAny(cell, separators) {
		return "", severalCells
	}
	return strings.TrimSpace(cell), ""
}

// unquote returns what stands between the quotes of a cell.
func unquote(cell string) string {
	if len(cell) < 2 || cell[0] != '"' || cell[len(cell)-1] != '"' {
		return cell
	}
	return strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
}

// withoutFormula returns the text of a cell that holds ="text": the way to keep a
// spreadsheet from taking it for a number.
func withoutFormula(cell string) string {
	if inner, ok := strings.CutPrefix(cell, `="`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return cell
}
