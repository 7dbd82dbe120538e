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

// Restore completes the results file at path after a crash: of what the ledger
// has settled it appends those that the file does not tell, and returns how many.
// Afterwards each of settled has its line, also when a power cut took many, and
// the file is synced. Restore must not run beside a pass, and may be repeated: it
// adds nothing to a file that is whole.
//
// It ranges over settled twice, which must yield the same both times; in what
// order does not matter, the lines are added in that of settled. A line tells an
// outcome when ID, state and the second of its time are the same, so that an ID
// that died, was requeued and died again has two lines. At must therefore be the
// time that the line had, or cut to its second.
//
// A damaged line tells nothing: Restore writes what it told anew, and leaves the
// damage for Verify to find. Memory is at most about 40 bytes for each of settled. What
// is no regular file cannot be read again and gets nothing.
func Restore(path string, settled iter.Seq2[queue.Outcome, error]) (added int64, err error) {
	untold, err := newLedgerSet(settled)
	if err != nil || len(untold.keys) == 0 {
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
	if err := untold.strike(path, info); err != nil {
		return 0, fmt.Errorf("read results file %s: %w", path, err)
	}
	err = r.writeUntold(settled, untold)
	return r.added, err
}

// restoreGroup is how many lines are written at once.
const restoreGroup = 256

// writeUntold appends those of settled that are not struck.
func (r *Results) writeUntold(settled iter.Seq2[queue.Outcome, error], untold *ledgerSet) error {
	var group []queue.Outcome
	for o, err := range settled {
		if err != nil {
			return fmt.Errorf("restore results file %s: %w", r.file.Name(), err)
		}
		if !untold.take(keyOf(o.Delivery.ID, o.State.String(), o.At.Unix())) {
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

// outcomeKey stands for one outcome of one ID. 128 bits of a hash do not meet by
// chance.
type outcomeKey [16]byte

func compareKeys(a, b outcomeKey) int { return bytes.Compare(a[:], b[:]) }

// keyOf is the key of an ID's outcome, settled in that second.
func keyOf(id, outcome string, second int64) outcomeKey {
	text := append(make([]byte, 0, 128), outcome...)
	text = strconv.AppendInt(append(text, ' '), second, 10)
	sum := sha256.Sum256(append(append(text, ' '), id...))
	return outcomeKey(sum[:16])
}

// ledgerSet is what the ledger has settled, and of it what is told.
type ledgerSet struct {
	keys []outcomeKey // sorted
	told []bool       // by place in keys
}

func newLedgerSet(settled iter.Seq2[queue.Outcome, error]) (*ledgerSet, error) {
	s := &ledgerSet{}
	for o, err := range settled {
		if err != nil {
			return nil, fmt.Errorf("restore results: %w", err)
		}
		s.keys = append(s.keys, keyOf(o.Delivery.ID, o.State.String(), o.At.Unix()))
	}
	slices.SortFunc(s.keys, compareKeys)
	s.told = make([]bool, len(s.keys))
	return s, nil
}

// take strikes k and reports whether it stood in the set and was not struck.
func (s *ledgerSet) take(k outcomeKey) bool {
	i, found := slices.BinarySearchFunc(s.keys, k, compareKeys)
	if !found || s.told[i] {
		return false
	}
	s.told[i] = true
	return true
}

// strike strikes all that the file at path tells. It reads one line at a time.
func (s *ledgerSet) strike(path string, info os.FileInfo) (err error) {
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
		var told Result
		if json.Unmarshal(line, &told) == nil { // else it is damaged
			s.take(keyOf(told.ID, told.Outcome, told.SettledAt.Unix()))
		}
	}
}
