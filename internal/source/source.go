// Package source reads task IDs from files and from standard input, one at a
// time and in flat memory. What names no valid ID is kept with its line number,
// and a source with too much of that is refused as a whole.
package source

import (
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
	// Check is the rule for a task ID; its error is why a line is rejected. Nil
	// accepts every ID that is not empty.
	Check func(id string) error
	// InvalidShare is the largest part of the lines, from 0 to 1, that may be
	// rejected; above it the source is refused. Zero accepts no invalid line.
	InvalidShare float64
	// Rejects receives each rejected line; nil only counts them.
	Rejects Sink
	// Stdin is read for the path "-".
	Stdin io.Reader
}

// Sink keeps rejected lines. *Rejects is one.
type Sink interface {
	// Put keeps one line; an error ends the reading.
	Put(r Reject) error
	// Name says where the lines are kept, for people.
	Name() string
}

// Source is one file, or standard input, of task IDs. Open makes one.
type Source struct {
	name  string
	path  string
	file  *os.File // nil for standard input
	in    io.Reader
	info  fs.FileInfo // the file as it was opened; nil for standard input
	opt   Options
	lines *lines // nil until reading begins
	stats Stats
	used  bool
}

// Stats are the lines of a source so far.
type Stats struct {
	// Lines is how many lines there are, blank ones and comments included.
	Lines int
	// Valid and Rejected are the lines, or the records of a CSV, that did and
	// did not name a valid task ID.
	Valid, Rejected int
}

// Open opens the file at path, or standard input when path is "-". The format
// is found while reading: see IDs.
func Open(path string, o Options) (*Source, error) {
	if o.Check == nil {
		o.Check = func(string) error { return nil }
	}
	s := &Source{name: path, path: path, opt: o}
	if path == Stdin {
		if o.Stdin == nil {
			return nil, errors.New("open task IDs: there is no standard input")
		}
		s.name, s.in = "standard input", o.Stdin
		return s, nil
	}
	if err := s.openFile(); err != nil {
		return nil, fmt.Errorf("open task IDs: %w", err)
	}
	return s, nil
}

func (s *Source) openFile() error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory; name a file", s.path)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	s.file, s.in, s.info = f, f, info
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

// Close closes the file; standard input stays open.
func (s *Source) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
