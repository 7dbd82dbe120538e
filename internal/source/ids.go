package source

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// record is one line, or one record of a CSV, that is to name a task ID.
type record struct {
	line  int    // where it begins, from 1
	text  []byte // as it stands there, perhaps cut; valid until the next record
	id    string
	fault string // why it names no ID; empty when it does
}

// parser reads records of one format. At the end it returns io.EOF; any other
// error ends the reading.
type parser interface{ next() (record, error) }

// IDs yields the task IDs in the order of the source, duplicates included. It
// can be read once. An error is the last element:
//
//   - a *RefusedError when too many lines were rejected, at the end;
//   - any fault of the source itself: a NUL byte, a truncated gzip, a CSV
//     without a column of IDs or with a quote that is never closed, a file that
//     changed while it was read;
//   - a fault of the machine, a *KeepError among them: see MachineFault.
//
// The format is told by the name and the first line: JSON Lines (strings, or
// objects with task_id, taskId, task-id or id), CSV (a header with one of these
// columns), or text, one ID a line, with blank lines and comments after "#".
// Each may be compressed with gzip.
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
	p, err := s.parser()
	if err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	for {
		r, err := p.next()
		if errors.Is(err, io.EOF) {
			return s.conclude()
		}
		if err != nil {
			return fmt.Errorf("read %s: behind line %d: %w", s.name, s.lines.n, err)
		}
		ok, err := s.judge(r)
		if err != nil {
			return err
		}
		if ok && !yield(r.id) {
			return nil
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
	return newParser(s.path, lines)
}

// judge reports whether r names a valid ID, and keeps r when it does not.
func (s *Source) judge(r record) (ok bool, err error) {
	if r.fault == "" {
		if r.id == "" {
			r.fault = "no task ID"
		} else if err := s.opt.Check(r.id); err != nil {
			r.fault = err.Error()
		}
	}
	if r.fault == "" {
		s.stats.Valid++
		return true, nil
	}
	s.stats.Rejected++
	if s.opt.Rejects == nil {
		return false, nil
	}
	if err := s.opt.Rejects.Put(newReject(s.name, r)); err != nil {
		return false, &KeepError{Source: s.name, Line: r.line, Err: err}
	}
	return false, nil
}

// conclude looks back at a source that was read to its end.
func (s *Source) conclude() error {
	if err := s.unchanged(); err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	invalid, all := s.stats.Rejected, s.stats.Valid+s.stats.Rejected
	if float64(invalid) <= s.opt.InvalidShare*float64(all) {
		return nil
	}
	e := &RefusedError{Source: s.name, Invalid: invalid, Lines: all, Share: s.opt.InvalidShare}
	if s.opt.Rejects != nil {
		e.Rejects = s.opt.Rejects.Name()
	}
	return e
}

// unchanged returns an error when the file is not what it was when it was
// opened: half of a new list is not a list.
func (s *Source) unchanged() error {
	if s.file == nil || !s.info.Mode().IsRegular() {
		return nil
	}
	now, err := s.file.Stat()
	if err != nil {
		return err
	}
	if now.Size() != s.info.Size() || !now.ModTime().Equal(s.info.ModTime()) {
		return errors.New("it changed while it was read; write it to another name and rename it when it is whole")
	}
	return nil
}
