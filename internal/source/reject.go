package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReject is how much of a rejected line is kept, and of why, in bytes.
const maxReject = 200

// Reject is one line that names no valid task ID, as a line of JSON in the file of
// rejects. That file has the first thousand of each source as it was last read, and of
// the sources that were read last.
type Reject struct {
	// Source names the source and Line the line in it, from 1; of a record of
	// several lines the first. Of a message, which has no line, Position says where it
	// was.
	Source   string `json:"source"`
	Line     int    `json:"line"`
	Position string `json:"position,omitempty"`
	// Text is the line, cut to 200 bytes, with everything that cannot be
	// printed replaced.
	Text string `json:"text"`
	// Reason is why it was rejected.
	Reason string `json:"reason"`
}

func newReject(source string, r record) Reject {
	return Reject{Source: source, Line: r.line, Text: printable(r.text), Reason: printable([]byte(r.fault))}
}

// printable returns the beginning of text, safe for a terminal.
func printable(text []byte) string {
	s := strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, string(text[:min(len(text), maxReject)]))
	for cut := min(len(s), maxReject); ; cut-- {
		if cut == len(s) || utf8.RuneStart(s[cut]) {
			return s[:cut]
		}
	}
}

// RefusedError says that a source has too many lines that name no valid ID, and
// was refused as a whole.
type RefusedError struct {
	// Source names the source.
	Source string
	// Invalid of Lines were rejected; blank lines and comments do not count.
	Invalid, Lines int
	// Share is the largest part that would have been accepted.
	Share float64
	// Early says that the rest of the source was not read.
	Early bool
	// First is the first of these lines. Its text is not told: it may be anything.
	First Reject
	// Rejects names the file where the rejected lines are kept, if any.
	Rejects string
}

// Error gives the numbers and says what to do.
func (e *RefusedError) Error() string {
	first, begins, where, most := "", "", "", ""
	if e.Early {
		first = "the first "
	}
	if e.First.Line > 0 {
		begins = fmt.Sprintf("; the first is line %d: %s", e.First.Line, e.First.Reason)
	}
	if e.Invalid < e.Lines || e.Share < 1 {
		most = fmt.Sprintf(", and at most %.4g %% may", 100*e.Share)
	}
	if e.Rejects != "" {
		where = "; they are listed in " + e.Rejects
	}
	return fmt.Sprintf("%s is refused: %d of %s%d lines name no valid task ID, %.4g %%%s%s%s; correct the file, or allow a larger share",
		e.Source, e.Invalid, first, e.Lines, 100*float64(e.Invalid)/float64(e.Lines), most, begins, where)
}

// EmptyError says that a source holds no task ID, where some were expected.
type EmptyError struct {
	// Source names the source.
	Source string
}

// Error says so.
func (e *EmptyError) Error() string {
	return e.Source + " is refused: it holds no task ID, and some were expected"
}
