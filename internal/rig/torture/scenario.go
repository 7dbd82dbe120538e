package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// scenario is one kind of violence. Its run returns what it did and an error
// that names every promise broken.
type scenario struct {
	name     string
	longOnly bool // it needs strace, or has no short size
	run      func(context.Context, *lab) (tally, error)
}

// scenarios lists them all, in the order of the table.
func scenarios() []scenario {
	return []scenario{
		{"kills", false, kills},
		{"kill during load", false, killsDuringLoad},
		{"two passes at once", false, twoPasses},
		{"service lying", false, lyingService},
		{"outage", false, outage},
		{"clock jumps", false, clockJumps},
		{"descriptors", false, descriptors},
		{"damaged log", false, damagedLog},
		{"damaged ledger", false, damagedLedger},
		{"damaged page", false, damagedPage},
		{"disk full", false, diskFull},
		{"disk full for results", false, diskFullOfResults},
		{"read-only", false, readOnly},
		{"read-only midway", true, readOnlyMidway},
		{"power cut", true, powerCuts},
	}
}

// lab is what the trials of a scenario share.
type lab struct {
	binary string
	dir    string // each trial has a folder of its own below it
	long   bool
	random *rand.Rand
	// startUp is about how long a process takes that finds nothing to do, and
	// perSweep how much longer one that has all IDs of a trial to do.
	startUp, perSweep time.Duration
}

// newLab returns a lab for binary, whose speed on this machine it measures by a
// pass that nothing disturbs and one that has nothing to do.
func newLab(ctx context.Context, binary, dir string, seed uint64, long bool) (*lab, error) {
	l := &lab{binary: binary, dir: dir, long: long, random: rand.New(rand.NewPCG(seed, 0))}
	_, err := l.repeat(ctx, 1, setup{}, func(ctx context.Context, t *trial) error {
		began := time.Now()
		if err := t.finish(ctx); err != nil {
			return err
		}
		middle := time.Now()
		_, err := t.pass(ctx, true)
		l.startUp = time.Since(middle)
		l.perSweep = max(middle.Sub(began)-l.startUp, 100*time.Millisecond)
		return err
	})
	return l, err
}

// size is short, or long in a long run.
func (l *lab) size(short, long int) int {
	if l.long {
		return long
	}
	return short
}

// upTo is a random span from zero to d.
func (l *lab) upTo(d time.Duration) time.Duration {
	return time.Duration(l.random.Float64() * float64(d))
}

// tally is a scenario in numbers.
type tally struct {
	trials, kills int   // kills, and other ends in the middle of work
	requests      int64 // DELETEs that reached the service
	resends       int64 // requests of which the ledger knows nothing: in flight at a kill
	lost          int   // IDs given that the ledger does not have
	poison        int   // IDs set aside, for the process died at them
	wrong         int   // IDs of which ledger or results say what is not true
	took          time.Duration
}

// add sums up.
func (t *tally) add(o tally) {
	t.trials += o.trials
	t.kills += o.kills
	t.requests += o.requests
	t.resends += o.resends
	t.lost += o.lost
	t.poison += o.poison
	t.wrong += o.wrong
	t.took += o.took
}

// tableHead is above the lines of the table. Kills are all ends in the middle of
// work, re-sends the requests that nothing but these explains, and poison the IDs
// that were set aside after two of them.
const tableHead = "scenario             trials    kills   requests   re-sends   poison   lost   false   seconds"

// line is the tally as a line of the table.
func (t tally) line(name string, err error) string {
	verdict := ""
	if err != nil {
		verdict = "   VIOLATED"
	}
	return fmt.Sprintf("%-20s %6d %8d %10d %10d %8d %6d %7d %9.1f%s",
		name, t.trials, t.kills, t.requests, t.resends, t.poison, t.lost, t.wrong, t.took.Seconds(), verdict)
}

// mostBroken is how many trials of a scenario may go wrong before it is given up.
const mostBroken = 3

// repeat makes n trials, each by do, and sums them up. It goes on after a broken
// promise, but not for ever.
func (l *lab) repeat(ctx context.Context, n int, o setup, do func(context.Context, *trial) error) (sum tally, err error) {
	began := time.Now()
	defer func() { sum.took = time.Since(began) }()
	var broken []error
	for i := 0; i < n && len(broken) < mostBroken && ctx.Err() == nil; i++ {
		t, err := l.newTrial(o)
		if err != nil {
			return sum, err
		}
		err = t.close(do(ctx, t))
		sum.add(t.tally)
		if err != nil {
			broken = append(broken, fmt.Errorf("trial %d of %d: %w", i+1, n, err))
		}
	}
	return sum, errors.Join(append(broken, ctx.Err())...)
}
