package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Width is how many columns w has; 0 when it is no terminal, and nothing bounds a line.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || f == nil || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Table is rows below a head.
type Table struct {
	Head []string
	Rows [][]string
	// Cut says which columns may be cut to fit: texts that can be had whole elsewhere.
	Cut []bool
}

// What a table keeps free between columns, and the least that is left of a column that is cut.
const (
	gap     = 2
	leastOf = 8
)

// Write writes the table in so many columns; 0 is any number. What is too wide has its texts
// cut, and what is still too wide has a line for each cell.
func (t Table) Write(out io.Writer, width int) error {
	widths, fits := fit(t.natural(), t.Cut, width)
	var b strings.Builder
	if !fits {
		t.records(&b)
	} else {
		for _, row := range append([][]string{t.Head}, t.Rows...) {
			var line strings.Builder
			for i, cell := range row {
				cell = cutTo(oneLine(cell), widths[i])
				line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+gap))
			}
			b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// records writes a line for each cell that holds something, and an empty one between rows.
func (t Table) records(b *strings.Builder) {
	name := 0
	for _, h := range t.Head {
		name = max(name, len(h))
	}
	for n, row := range t.Rows {
		if n > 0 {
			b.WriteString("\n")
		}
		for i, cell := range row {
			if cell != "" && cell != "-" {
				fmt.Fprintf(b, "%-*s  %s\n", name, strings.ToLower(t.Head[i]), oneLine(cell))
			}
		}
	}
}

// natural is how wide each column is by itself.
func (t Table) natural() []int {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(oneLine(cell)))
		}
	}
	return widths
}

// fit takes from the widest of the columns that may be cut until all of them fit into
// width; 0 is any width. It reports whether they do.
func fit(widths []int, cut []bool, width int) ([]int, bool) {
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; width > 0 && total > width; total-- {
		widest := -1
		for i, may := range cut {
			if may && widths[i] > leastOf && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return widths, false
		}
		widths[widest]--
	}
	return widths, true
}

// cutTo is text in at most so many columns, with a … where it was cut.
func cutTo(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	return string([]rune(text)[:width-1]) + "…"
}

// oneLine is text without what would break a line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
