package source

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"cleaner/internal/outfile"
	"cleaner/internal/owner"
)

// How many rejected lines are kept: of each source, and of all together.
const (
	keptOfSource = 1000
	keptOfAll    = 10 * keptOfSource
)

// rejects are the rejected lines of one reading.
type rejects struct {
	kept []Reject
	more int // how many are not kept
	next int // the line of the first of those
}

func (r *rejects) add(source string, rejected record) {
	if len(r.kept) < keptOfSource {
		r.kept = append(r.kept, newReject(source, rejected))
		return
	}
	if r.more++; r.more == 1 {
		r.next = rejected.line
	}
}

// keep puts the rejected lines into their file, in the place of those of the last
// reading of this source.
func (s *sieve) keep() error {
	if s.opt.Rejects == "" {
		return nil
	}
	lines := s.rejects.kept
	if n := s.rejects.more; n > 0 {
		lines = append(lines, Reject{Source: s.name, Line: s.rejects.next, Reason: fmt.Sprintf("and %d more from here on, which are not listed", n)})
	}
	if err := replaceRejects(s.opt.Rejects, s.name, lines); err != nil {
		return &KeepError{Source: s.name, Err: err}
	}
	return nil
}

// AddRejects adds rejected lines of a source that never ends to the file at path. The
// latest thousand of the source are kept.
func AddRejects(path, source string, rejected []Reject) error {
	return inTurn(path, func() error {
		had, err := rejectsIn(path, source)
		if err != nil {
			return err
		}
		var lines []Reject
		for _, line := range had.own {
			var r Reject
			if err := json.Unmarshal(line, &r); err == nil {
				lines = append(lines, r)
			}
		}
		for _, r := range rejected {
			r.Source, r.Text, r.Reason = source, printable([]byte(r.Text)), printable([]byte(r.Reason))
			lines = append(lines, r)
		}
		return writeRejects(path, had.others, lines[max(0, len(lines)-keptOfSource):])
	})
}

// replaceRejects has the file at path hold lines, and of the lines that it held those of
// other sources, the latest.
func replaceRejects(path, source string, lines []Reject) error {
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) && len(lines) == 0 {
		return nil
	}
	return inTurn(path, func() error {
		had, err := rejectsIn(path, source)
		if err != nil || len(lines) == 0 && len(had.own) == 0 && !had.torn {
			return err
		}
		return writeRejects(path, had.others, lines)
	})
}

// inTurn calls change, which changes the file at path. Of two processes that do so at the
// same time one waits, for less than a moment: neither loses the other's lines.
func inTurn(path string, change func() error) (err error) {
	if err := owner.MkdirAll(filepath.Dir(path), 0o700); err != nil { // before the first ledger is made there
		return fmt.Errorf("make the folder of rejects: %w", err)
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open rejects: %w", err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }() // which unlocks it
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock the folder of rejects: %w", err)
	}
	return change()
}

// writeRejects has the file at path hold lines behind those of others, the latest.
func writeRejects(path string, others [][]byte, lines []Reject) error {
	others = others[max(0, len(others)+len(lines)-keptOfAll):]
	return outfile.Replace(path, 0o600, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, line := range others {
			if _, err := b.Write(line); err != nil {
				return err
			}
		}
		enc := json.NewEncoder(b)
		for _, line := range lines {
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

// heldRejects is what a file of rejects holds.
type heldRejects struct {
	own    [][]byte // the lines of one source
	others [][]byte // those of other sources, the latest of them
	torn   bool     // it holds what is no line of ours behind them
}

// rejectsIn returns the lines of the file at path. A symbolic link is refused, so that
// nobody can have another file shown as rejects.
func rejectsIn(path, source string) (had heldRejects, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return had, nil
	}
	if err != nil {
		return had, fmt.Errorf("open rejects: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return had, errors.Join(err, fmt.Errorf("open rejects: %s is no file", path))
	}
	in := bufio.NewScanner(f)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		var r Reject
		if json.Unmarshal(in.Bytes(), &r) != nil {
			continue
		}
		line := append(append([]byte(nil), in.Bytes()...), '\n')
		if r.Source == source {
			had.own = append(had.own, line)
			continue
		}
		had.others = append(had.others, line)
		if len(had.others) > 2*keptOfAll {
			had.others = append(had.others[:0], had.others[len(had.others)-keptOfAll:]...)
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		had.torn = true // no line of ours: the file is written anew without it
		return had, nil
	}
	return had, in.Err()
}
