// Package source reads task IDs from files and from standard input, one at a
// time, in flat memory, and until its context ends. It takes IDs only from where
// a format says that they are, never by guessing: what names no valid ID is kept
// with its line number, and a source with too much of that, or with any sign that
// it is not whole, is refused.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Options say what a source accepts.
type Options struct {
	// Check is the rule for a task ID; its error is why a line is rejected. It is
	// given 32 hexadecimal digits in lower case, however they are spelled, and any
	// other ID as it stands. Nil accepts every ID that is not empty.
	Check func(id string) error
	// Column names the column, or the key, that holds the task IDs; empty looks for
	// one of the known names.
	Column string
	// InvalidShare is the largest part of the lines, from 0 to 1, that may be
	// rejected; above it the source is refused. Zero accepts no invalid line. A
	// source of which no line names a valid ID is refused in any case.
	InvalidShare float64
	// Expect refuses a source without a task ID.
	Expect bool
	// Rejects is the file that keeps the rejected lines of the last reading of each
	// source; empty only counts them. See Reject.
	Rejects string
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Same is the file that is meant, as it was: Open refuses any other that is at the
	// path by now, and one that has changed, with a *ChangedError. Nil takes any.
	Same fs.FileInfo
	// Said has Source.Said tell what a JSON object says beside its task ID.
	Said bool
	// Kept is read in place of what is at the path. Nil reads that.
	Kept *Kept
}

// Source is one file, or standard input, of task IDs. Open makes one.
type Source struct {
	sieve
	file  *os.File // nil for standard input
	in    *digested
	still *still // nil for what is no regular file
	lines *lines // nil until reading begins
	used  bool
}

// Stats are the lines of a source so far.
type Stats struct {
	// Lines is how many lines there are, blank ones and comments included.
	Lines int
	// Valid and Rejected are the lines, the records of a table, or the values of a
	// JSON document that did and did not name a valid task ID.
	Valid, Rejected int
}

// Open opens the file at path, or standard input when path is "-". The format is
// found while reading: see IDs. It does not wait for the writer of a named pipe, and all
// reading ends with ctx. For a regular file that somebody may be writing it waits a moment,
// and returns a *ChangedError when that goes on.
func Open(ctx context.Context, path string, o Options) (*Source, error) {
	if o.Check == nil {
		o.Check = func(string) error { return nil }
	}
	s := &Source{sieve: sieve{name: path, path: path, opt: o}}
	if path == Stdin {
		s.name = "standard input"
	}
	switch {
	case o.Kept != nil:
		s.in = newDigested(newSteady(ctx, o.Kept.Reader()))
		return s, nil
	case path == Stdin && o.Stdin == nil:
		return nil, errors.New("open task IDs: there is no standard input")
	case path == Stdin:
		if err := s.begin(ctx, o.Stdin); err != nil {
			return nil, err
		}
		return s, nil
	}
	f, info, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open task IDs: %w", err)
	}
	s.file = f
	if err := s.begin(ctx, readerOf(f, info)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// begin has in read until ctx ends, if it is whole as far as the system tells.
func (s *Source) begin(ctx context.Context, in io.Reader) (err error) {
	if s.still, err = newStill(ctx, in, s.opt.Same); err != nil {
		return fmt.Errorf("open task IDs: %s: %w", s.name, err)
	}
	s.in = newDigested(newSteady(ctx, in))
	return nil
}

// Name names the source for people.
func (s *Source) Name() string { return s.name }

// Stats returns what has been read so far. It must not be called while another
// goroutine is reading.
func (s *Source) Stats() Stats {
	stats := s.stats
	if s.lines != nil {
		stats.Lines = s.lines.n
	}
	return stats
}

// Said is why the task of the ID that IDs yielded last is to go, and for whom: what the
// keys reason and requested_by of its JSON object hold. Both are empty where nothing says it,
// and unless Options.Said asks for them.
func (s *Source) Said() (reason, by string) { return s.said.reason, s.said.by }

// Unsaid reports whether the source also says why tasks are to go, or for whom, in a way
// that Said did not tell: in columns of a table, or without Options.Said.
func (s *Source) Unsaid() bool { return s.unsaid }

// Digest is the SHA-256 of what has been read so far, in hexadecimal digits. At the end
// of a source it is what sha256sum says of the file.
func (s *Source) Digest() string { return s.in.digest() }

// Close closes the file; standard input stays open.
func (s *Source) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
