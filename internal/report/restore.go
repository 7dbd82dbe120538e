package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"

	"cleaner/internal/queue"
)

// Restore completes the results file at path after a crash: it appends the lines of those
// settled outcomes that the file lacks, and returns how many. Then each of settled has its
// line, also when a power failure lost many, and the file is synced. Restore must not run
// during a pass. It may be repeated: it adds nothing to a complete file.
//
// It ranges over settled twice, which must yield the same both times, in any order; it
// adds lines in that order. A line stands for an outcome when ID, state and the second of
// its time are the same, so that an ID that died, was requeued and died again has two
// lines. At must therefore be the time in the line, or that time cut to its second.
//
// For an outcome whose line is damaged, Restore writes a new line; the damage stays, and
// Verify finds it. It needs at most about 40 bytes of memory for each of settled. A file
// that is not regular cannot be read again, and gets nothing.
func Restore(path string, settled iter.Seq2[queue.Outcome, error]) (added int64, err error) {
	missing, err := newOutcomeSet(settled)
	if err != nil || len(missing.keys) == 0 {
		return 0, err
	}
	r, err := OpenResults(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, err
	}
	if err := missing.takeWritten(path, info); err != nil {
		return 0, fmt.Errorf("read results file %s: %w", path, err)
	}
	err = r.writeMissing(settled, missing)
	return r.added, err
}

// restoreGroup is how many lines are written at once.
const restoreGroup = 256

// writeMissing appends the lines of those of settled that are in missing.
func (r *Results) writeMissing(settled iter.Seq2[queue.Outcome, error], missing *outcomeSet) error {
	var group []queue.Outcome
	for o, err := range settled {
		if err != nil {
			return fmt.Errorf("restore results file %s: %w", r.file.Name(), err)
		}
		if !missing.take(keyOf(o.Delivery.ID, o.State.String(), o.At.Unix())) {
			continue
		}
		if group = append(group, o); len(group) == restoreGroup {
			if err := r.Write(group...); err != nil {
				return err
			}
			group = group[:0]
		}
	}
	if len(group) == 0 {
		return nil
	}
	return r.Write(group...)
}

// outcomeKey identifies one outcome of one ID. Two of these hashes of 128 bits do not
// collide by chance.
type outcomeKey [16]byte

func compareKeys(a, b outcomeKey) int { return bytes.Compare(a[:], b[:]) }

// keyOf is the key of an ID's outcome, settled in that second.
func keyOf(id, outcome string, second int64) outcomeKey {
	text := append(make([]byte, 0, 128), outcome...)
	text = strconv.AppendInt(append(text, ' '), second, 10)
	sum := sha256.Sum256(append(append(text, ' '), id...))
	return outcomeKey(sum[:16])
}

// outcomeSet is a set of outcomes from which outcomes are taken.
type outcomeSet struct {
	keys  []outcomeKey // sorted
	taken []bool       // by place in keys
}

func newOutcomeSet(settled iter.Seq2[queue.Outcome, error]) (*outcomeSet, error) {
	s := &outcomeSet{}
	for o, err := range settled {
		if err != nil {
			return nil, fmt.Errorf("restore results: %w", err)
		}
		s.keys = append(s.keys, keyOf(o.Delivery.ID, o.State.String(), o.At.Unix()))
	}
	slices.SortFunc(s.keys, compareKeys)
	s.taken = make([]bool, len(s.keys))
	return s, nil
}

// take takes k out of the set, and reports whether it was in it.
func (s *outcomeSet) take(k outcomeKey) bool {
	i, found := slices.BinarySearchFunc(s.keys, k, compareKeys)
	if !found || s.taken[i] {
		return false
	}
	s.taken[i] = true
	return true
}

// takeWritten takes out all outcomes that the file at path has lines of. It reads one line
// at a time.
func (s *outcomeSet) takeWritten(path string, info os.FileInfo) (err error) {
	f, err := reopen(path, info)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewReaderSize(f, longest)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		var r Result
		if json.Unmarshal(line, &r) == nil { // otherwise it is damaged
			s.take(keyOf(r.ID, r.Outcome, r.SettledAt.Unix()))
		}
	}
}
