package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// record is one line, one record of a table, or one value of a document that is to
// name a task ID.
type record struct {
	line  int    // where it begins, from 1
	text  []byte // as it stands there, perhaps cut; valid until the next record
	id    string
	also  []named // what could be meant instead of id
	said  said    // why the task is to go, as an object says
	more  bool    // a table has a column for that, which is not read
	fault string  // why it names no ID; empty when it does
	open  bool    // the file may end within the ID
	torn  bool    // the file ends within the record
}

// said is why a task is to go, and for whom; empty where nothing says it.
type said struct{ reason, by string }

// named is a value that could be meant as the task ID, and the names of both.
type named struct {
	names []string
	value string
}

// parser reads records of one format. At the end it returns io.EOF; any other
// error ends the reading.
type parser interface{ next() (record, error) }

// lineError is a fault of one line that refuses the source.
type lineError struct {
	line int
	err  error
}

// at returns err as a fault of that line.
func at(line int, err error) error { return &lineError{line, err} }

// Error names the line.
func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// Unwrap returns what is wrong.
func (e *lineError) Unwrap() error { return e.err }

// errTorn is for a file that ends in the middle of something.
var errTorn = errors.New("it is cut off: it ends in the middle of what it says; give the whole file")

// IDs yields the task IDs in the order of the source, duplicates included, with 32
// hexadecimal digits in lower case. It can be read once. An error is the last
// element, and then nothing of the source is to be believed:
//
//   - a *RefusedError when too many lines are rejected, or all;
//   - an *EmptyError when there is no ID and Options.Expect asks for one;
//   - any fault of the source itself: it is cut off, a spreadsheet has changed its
//     IDs, several columns could be meant, it is of a format that is not read, or it
//     changed while it was read;
//   - a fault of the machine, a *KeepError among them: see MachineFault;
//   - the cause of the context's end.
//
// The format is known by the name and the first line: JSON (strings, or objects with
// a task ID, one a line, in lists, or in the service's own list of tasks), a table
// (a header that names a column of task IDs; cells separated by comma, semicolon,
// tab or bar), or text, one ID a line, with blank lines and comments after "#". All
// may be in UTF-8 or UTF-16, and compressed with gzip.
func (s *Source) IDs() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := s.read(func(id string) bool { return yield(id, nil) }); err != nil {
			yield("", err)
		}
	}
}

// read calls yield for each valid ID until it returns false.
func (s *Source) read(yield func(id string) bool) error {
	if s.used {
		return fmt.Errorf("read %s: it can be read only once", s.name)
	}
	s.used = true
	stopped, err := s.each(yield)
	if stopped || isStop(err) {
		return err
	}
	if kept := s.keep(); kept != nil {
		return kept
	}
	if _, refused := errors.AsType[*RefusedError](err); refused || err == nil {
		return err
	}
	if _, empty := errors.AsType[*EmptyError](err); empty {
		return err
	}
	return fmt.Errorf("read %s: %w", s.name, whole(err))
}

// isStop reports whether err is the end of a context.
func isStop(err error) bool {
	_, ok := errors.AsType[*stopError](err)
	return ok
}

// stopError is the end of the context with which a source was opened.
type stopError struct{ cause error }

// Error returns the cause.
func (e *stopError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *stopError) Unwrap() error { return e.cause }

// stop returns the end of ctx as an error.
func stop(ctx context.Context) error { return &stopError{context.Cause(ctx)} }

// each calls yield for each valid ID, and reports whether yield has stopped it.
func (s *Source) each(yield func(id string) bool) (stopped bool, err error) {
	p, err := s.parser()
	if err != nil {
		return false, s.named(err)
	}
	for {
		r, err := p.next()
		if errors.Is(err, io.EOF) {
			return false, s.conclude()
		}
		err = s.named(err)
		if _, placed := errors.AsType[*lineError](err); err != nil && !placed {
			err = fmt.Errorf("behind line %d: %w", s.lines.n, err)
		}
		if err != nil {
			return false, err
		}
		id, err := s.judge(r)
		if err != nil {
			return false, err
		}
		if id != "" && !yield(id) {
			return true, nil
		}
	}
}

// parser opens the lines of the source and chooses their parser.
func (s *Source) parser() (parser, error) {
	lines, err := newLines(s.in)
	if err != nil {
		return nil, err
	}
	s.lines = lines
	return s.newParser(lines)
}

// conclude looks back at a source that was read to its end.
func (s *Source) conclude() error {
	if err := s.still.unchanged(); err != nil {
		return err
	}
	invalid, all := s.stats.Rejected, s.stats.Valid+s.stats.Rejected
	switch {
	case all == 0 && s.opt.Expect:
		return &EmptyError{Source: s.name}
	case s.stats.Valid == 0 && invalid > 0, float64(invalid) > s.opt.InvalidShare*float64(all):
		return s.refused(false)
	}
	return nil
}
