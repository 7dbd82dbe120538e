package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// powerCuts cuts the power: a pass is killed at a random moment, and whatever it
// had written to the log or to the results file since their last sync is cut off.
// What was synced is read from a trace of its system calls. Every ID that had a
// line in the results is still settled then, because it is told only after it is
// durable; none settled is sent again; at most one request for each worker and
// cut is not recorded; and in the end the results are whole.
func powerCuts(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(1, 60), setup{}, func(ctx context.Context, t *trial) error {
		for range 5 {
			more, err := t.cutPower(ctx)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
		return t.finish(ctx)
	})
}

// cutPower makes one pass that ends in a power cut, and reports false when it
// had ended before.
func (t *trial) cutPower(ctx context.Context) (bool, error) {
	files := []string{t.ledgerPath(), t.ledgerPath() + "-wal", t.resultsPath()}
	synced := newSyncs()
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			synced.written[path], synced.durable[path] = info.Size(), info.Size()
		}
	}
	trace := t.path("trace")
	c, err := t.start(ctx, []string{
		"strace", "-D", "-f", "-y", "-s", "0", "--seccomp-bpf", "-o", trace,
		"-e", "trace=write,pwrite64,ftruncate,fsync,fdatasync",
	}, t.passArgs(true)...)
	if err != nil {
		return false, fmt.Errorf("power cuts need strace: %w", err)
	}
	end, err := c.killAfter(t.startUp + t.upTo(t.perSweep)) // traced it is slower
	if err != nil || end.code != killed {
		return false, err
	}
	told, err := readLines(t.resultsPath())
	if err != nil {
		return false, err
	}
	if err := synced.read(trace); err != nil {
		return false, err
	}
	for _, path := range files {
		if err := synced.cut(path); err != nil {
			return false, err
		}
	}
	if err := t.lookForTold(ctx, told); err != nil {
		return false, err
	}
	return true, t.struck(ctx)
}

// lookForTold wants the ledger to have what was told before the power was cut.
func (t *trial) lookForTold(ctx context.Context, told map[string][]line) error {
	l, err := readLedger(ctx, t.ledgerPath())
	if err != nil {
		return err
	}
	for id, lines := range told {
		if last := lines[len(lines)-1]; l[id].state != last.Outcome {
			t.wrong++
			t.violate("%s was told to be %s and is %q after a power cut", id, last.Outcome, l[id].state)
		}
	}
	return nil
}

// syncs follows how far each file was written and how far it is durable.
type syncs struct {
	written map[string]int64
	durable map[string]int64
	syncing map[string]sync // a thread's sync that has not returned
}

// sync is a sync of path when it was written so far.
type sync struct {
	path string
	upTo int64
}

func newSyncs() *syncs {
	return &syncs{written: map[string]int64{}, durable: map[string]int64{}, syncing: map[string]sync{}}
}

// A line of the trace: thread, call, descriptor with its path, arguments.
var (
	called  = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]+)>(.*)$`)
	resumed = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>.*= (-?\d+)`)
	numeral = regexp.MustCompile(`, (\d+)`)
)

// beingMade is the name of a ledger that is not whole yet; then it is renamed to its own.
var beingMade = regexp.MustCompile(`^(.*)/\.([^/]+)\.new-\d+$`)

// read follows the trace in the file at path.
func (s *syncs) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text := lines.Text()
		if m := resumed.FindStringSubmatch(text); m != nil {
			if one, ok := s.syncing[m[1]]; ok && m[3] == "0" {
				s.durable[one.path] = one.upTo
			}
			delete(s.syncing, m[1])
			continue
		}
		if m := called.FindStringSubmatch(text); m != nil {
			s.call(m[1], m[2], m[3], m[4])
		}
	}
	return lines.Err()
}

// call follows one call on the file at path.
func (s *syncs) call(thread, name, path, rest string) {
	path = beingMade.ReplaceAllString(strings.TrimSuffix(path, " (deleted)"), "$1/$2")
	var n []int64
	for _, m := range numeral.FindAllStringSubmatch(rest, -1) {
		v, _ := strconv.ParseInt(m[1], 10, 64) // digits
		n = append(n, v)
	}
	switch {
	case name == "fsync" || name == "fdatasync":
		if strings.Contains(rest, "unfinished") {
			s.syncing[thread] = sync{path, s.written[path]}
		} else if strings.HasSuffix(rest, "= 0") {
			s.durable[path] = s.written[path]
		}
	case name == "ftruncate" && len(n) > 0:
		s.written[path] = n[0]
	case name == "write" && len(n) > 0: // the results file is appended to
		s.written[path] += n[0]
	case name == "pwrite64" && len(n) > 1:
		s.written[path] = max(s.written[path], n[0]+n[1])
	}
}

// cut cuts off from the file at path what is not durable.
func (s *syncs) cut(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return err
	}
	if info.Size() > s.durable[path] {
		return os.Truncate(path, s.durable[path])
	}
	return nil
}
