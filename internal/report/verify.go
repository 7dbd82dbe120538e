package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Noted is what was noted of a results file earlier. The zero value is nothing.
type Noted struct {
	// Chain is the chain value of what was then the last line, as a report has
	// it; empty if none was noted.
	Chain string
	// Lines is how many lines the file then had; 0 if that was not noted.
	Lines int64
}

// Audit is what Verify found.
type Audit struct {
	// Lines is how many whole lines there are, broken ones included.
	Lines int64
	// First and Last are the times of the first and of the last line; zero when
	// that line has none.
	First, Last time.Time
	// Good is how many lines there are before the first fault: all of them if the
	// file is whole. Chain is the chain value of the last of those, Seed for none.
	Good  int64
	Chain string
	// NotedAt is the good line at which the noted chain value stands; 0 for none.
	NotedAt int64
	// Fault is the first fault; the zero value is none.
	Fault Fault
}

// Whole reports whether no fault was found.
func (a *Audit) Whole() bool { return a.Fault == Fault{} }

// Fault is what is wrong with a results file.
type Fault struct {
	// Line is the line that shows it, from 1; 0 when no single line does.
	Line int64
	// What says what is wrong and what was probably done.
	What string
}

// String returns the fault for people.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.What
	}
	return fmt.Sprintf("line %d %s", f.Line, f.What)
}

// Verify follows the chain of a results file from its first line to the first that does
// not follow from the one before, and compares the file with what was noted. It reads all
// lines, one at a time, in bounded memory. An error means that r could not be read; a file
// that is not whole is no error but has a fault.
//
// Verify finds lines that were changed, removed, added, moved or copied, if other lines
// follow them. It cannot find by the file alone that lines were removed at the end, or
// that the file was rewritten from some line on with a new chain. Both remove the chain
// value that was the last one before, so that a value noted elsewhere reveals them. Lines
// that were added after the value was noted are no fault: other passes append.
func Verify(r io.Reader, noted Noted) (*Audit, error) {
	v := &verifier{linker: newLinker(), noted: noted, head: chain([]byte(Seed))}
	in := newLineReader(r)
	var last line
	for {
		l, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if v.audit.Whole() {
			v.follow(&l)
		}
		if l.torn {
			break
		}
		if v.audit.Lines++; v.audit.Lines == 1 {
			v.audit.First = timeOf(l)
		}
		last.own = append(last.own[:0], l.own...)
	}
	v.audit.Last = timeOf(last)
	v.audit.Chain = string(v.head[:])
	if v.audit.Whole() {
		v.compare()
	}
	return &v.audit, nil
}

// VerifyFile verifies the results file at path; - is standard input.
func VerifyFile(path string, stdin io.Reader, noted Noted) (*Audit, error) {
	if path == "-" {
		return Verify(stdin, noted)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Verify(f, noted)
}

// timeOf is when the ID of l was settled; zero if l does not have a time.
func timeOf(l line) time.Time {
	var r Result
	if json.Unmarshal(l.own, &r) != nil {
		return time.Time{}
	}
	return r.SettledAt
}

// verifier follows one chain.
type verifier struct {
	linker *linker
	noted  Noted
	audit  Audit
	head   chain // the chain value of the line before
}

// follow checks the next line, as long as no fault was found.
func (v *verifier) follow(l *line) {
	what := ""
	switch {
	case l.torn:
		what = "has no end: a crash cut it short, or its end was cut off; the next run removes it"
	case l.err != nil:
		what = l.err.Error() + ": it was changed or added"
	case v.linker.next(v.head, l.own) != l.chain:
		what = "was changed, added or moved, or lines before it were removed"
	}
	if what != "" {
		v.audit.Fault = Fault{Line: l.number, What: what}
		return
	}
	v.head, v.audit.Good = l.chain, l.number
	if v.noted.Chain != "" && string(l.chain[:]) == v.noted.Chain {
		v.audit.NotedAt = l.number
	}
}

// compare compares the end of the file with what was noted.
func (v *verifier) compare() {
	a, n := &v.audit, v.noted
	switch {
	case n.Chain != "" && n.Chain != Seed && a.NotedAt == 0:
		a.Fault.What = "the noted chain value is that of no line: lines were removed at the end, or the file was rewritten"
	case n.Lines > a.Lines:
		a.Fault.What = fmt.Sprintf("%d lines were noted, and there are %d: lines were removed", n.Lines, a.Lines)
	case n.Lines > 0 && a.NotedAt > 0 && n.Lines != a.NotedAt:
		a.Fault.What = fmt.Sprintf("the noted chain value is that of line %d, not of line %d as noted", a.NotedAt, n.Lines)
	}
}
