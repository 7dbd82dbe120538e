package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// maxReject is how much of a rejected line is kept, in bytes.
const maxReject = 200

// Reject is one line that names no valid task ID.
type Reject struct {
	// Source names the source and Line the line in it, from 1; of a record of
	// several lines the first.
	Source string `json:"source"`
	Line   int    `json:"line"`
	// Text is the line, cut to 200 bytes, with everything that cannot be
	// printed replaced.
	Text string `json:"text"`
	// Reason is why it was rejected.
	Reason string `json:"reason"`
}

func newReject(source string, r record) Reject {
	return Reject{Source: source, Line: r.line, Text: printable(r.text), Reason: r.fault}
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
	// Rejects names the place where the rejected lines are kept, if any.
	Rejects string
}

// Error gives the numbers and says what to do.
func (e *RefusedError) Error() string {
	where := ""
	if e.Rejects != "" {
		where = "; they are listed in " + e.Rejects
	}
	return fmt.Sprintf("%s is refused: %d of %d lines name no valid task ID, %.4g %%, and at most %.4g %% may%s; "+
		"correct the file, or allow a larger share",
		e.Source, e.Invalid, e.Lines, 100*float64(e.Invalid)/float64(e.Lines), 100*e.Share, where)
}

// Rejects is a Sink that appends JSON lines to a file. The file is made at the
// first rejected line, readable by its owner alone. It may be shared by several
// sources, also at the same time.
type Rejects struct {
	path string

	mu   sync.Mutex // guards file
	file *os.File   // nil until the first line
}

var _ Sink = (*Rejects)(nil)

// NewRejects returns the sink that appends to the file at path. It touches
// nothing yet.
func NewRejects(path string) *Rejects { return &Rejects{path: path} }

// Name returns the path of the file.
func (r *Rejects) Name() string { return r.path }

// Put appends one line. A symbolic link at the path is refused, so that nobody
// can have another file written to.
func (r *Rejects) Put(line Reject) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		r.file, err = os.OpenFile(r.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err == nil {
			err = r.file.Chmod(0o600) // it may have been there before
		}
		if err != nil {
			return fmt.Errorf("open rejects: %w", err)
		}
	}
	_, err = r.file.Write(append(text, '\n'))
	return err
}

// Close brings what was put onto the disk and closes the file. Without a
// rejected line there is none, and nothing to do; after Close, Put opens it
// again.
func (r *Rejects) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := errors.Join(r.file.Sync(), r.file.Close())
	r.file = nil
	if err != nil {
		return fmt.Errorf("close rejects: %w", err)
	}
	return nil
}
