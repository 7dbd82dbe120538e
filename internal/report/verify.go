package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// Chain is the chain value at which the chain ends: the last line's if the
	// file is whole, Seed if it is empty.
	Chain string
	// NotedAt is the line at which the noted chain value stands; 0 for none.
	NotedAt int64
	// Faults are the first faults, in the order of the file; Further is how many
	// more there are.
	Faults  []Fault
	Further int64
}

// Whole reports whether no fault was found.
func (a *Audit) Whole() bool { return len(a.Faults) == 0 }

// maxFaults is how many faults are told one by one.
const maxFaults = 10

// Fault is one thing that is wrong with a results file.
type Fault struct {
	// Line is the line that shows it, from 1; 0 when no single line does.
	Line int64
	// What says in words what is wrong, and what is likely to have been done.
	What string
}

// String is the fault as a person reads it.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.What
	}
	return fmt.Sprintf("line %d %s", f.Line, f.What)
}

// Verify follows the chain of a results file from its first line to its last,
// and holds it against what was noted. It reads one line after the other, in
// bounded memory. An error says that r could not be read; a file that is not
// whole is no error but has faults.
//
// What it finds: lines that were changed, removed, added, moved or copied,
// wherever other lines follow them. What it cannot find by the file alone: lines
// cut off at the end, and a file that was written anew from some line on by
// someone who computed the chain again. Both take away the chain value that was
// the last one before, so a value noted elsewhere uncovers them. Lines that were
// added after it was noted are well: other passes append.
func Verify(r io.Reader, noted Noted) (*Audit, error) {
	v := &verifier{in: newLineReader(r), linker: newLinker(), noted: noted, head: chain([]byte(Seed))}
	v.keep(0, v.head)
	var last line
	for {
		l, err := v.in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if l.torn {
			v.fault(l.number, "has no end: a crash cut it short, or its end was cut off; the next run removes it")
			break
		}
		v.line(&l)
		if v.audit.Lines++; v.audit.Lines == 1 {
			v.audit.First = timeOf(l)
		}
		last.own = append(last.own[:0], l.own...)
	}
	v.audit.Last = timeOf(last)
	v.audit.Chain = string(v.head[:])
	v.compare()
	return &v.audit, nil
}

// timeOf is when the ID of l was settled; zero if l does not say so.
func timeOf(l line) time.Time {
	var r Result
	if json.Unmarshal(l.own, &r) != nil {
		return time.Time{}
	}
	return r.SettledAt
}

// verifier follows one chain.
type verifier struct {
	in     *lineReader
	linker *linker
	noted  Noted
	audit  Audit

	head  chain // the value that the next line builds upon
	blind bool  // the line before has lost its value: any value may be right now
	past  past
	// moved are lines that stand too early; they are expected where they belong.
	moved []line
}

// line takes the next line.
func (v *verifier) line(l *line) {
	switch {
	case l.err != nil:
		v.fault(l.number, l.err.Error()+": it was changed or added")
		v.blind = true
		return
	case v.next(v.head, l) == l.chain:
		v.accept(l.number, l.chain)
	case v.blind:
		v.accept(l.number, l.chain) // the fault is told already
	case len(v.audit.Faults) == maxFaults:
		v.audit.Further++
		v.accept(l.number, l.chain)
	default:
		v.broken(l)
	}
	v.blind = false
	v.settleMoved()
}

// next is the chain value that l has behind a line with the value prev.
func (v *verifier) next(prev chain, l *line) chain { return v.linker.next(prev, l.own) }

// accept goes on from a line with this value.
func (v *verifier) accept(number int64, c chain) {
	v.head = c
	v.keep(number, c)
}

// keep remembers that the line has this value.
func (v *verifier) keep(number int64, c chain) {
	v.past.add(number, c)
	if number > 0 && v.noted.Chain != "" && string(c[:]) == v.noted.Chain {
		v.audit.NotedAt = number
	}
}

// fault notes a fault.
func (v *verifier) fault(number int64, what string) {
	if len(v.audit.Faults) == maxFaults {
		v.audit.Further++
		return
	}
	v.audit.Faults = append(v.audit.Faults, Fault{Line: number, What: what})
}

// compare holds the end of the file against what was noted.
func (v *verifier) compare() {
	a, n := &v.audit, v.noted
	switch {
	case n.Chain != "" && n.Chain != Seed && a.NotedAt == 0:
		v.fault(0, "the noted chain value is that of no line: lines were cut off at the end, or the file was written anew")
	case n.Lines > a.Lines:
		v.fault(0, fmt.Sprintf("%d lines were noted, and there are %d: lines were removed", n.Lines, a.Lines))
	case n.Lines > 0 && a.NotedAt > 0 && n.Lines != a.NotedAt:
		v.fault(0, fmt.Sprintf("the noted chain value is that of line %d, not of line %d as noted", a.NotedAt, n.Lines))
	}
}
