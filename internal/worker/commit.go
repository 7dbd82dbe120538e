package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// An outcome waits for company, so that one transaction settles several, but
// not long: a share of the time its answer took, within these bounds. While so many
// come that all who are out would be here within the most, it waits on.
const (
	leastCompany = 4 * time.Millisecond
	mostCompany  = 20 * time.Millisecond
	companyShare = 20 // one twentieth
)

// commits settles outcomes in groups. A worker stays with its outcome until the
// ledger has it, so in flight and unsettled together are never more than the
// workers. A group is written when nobody is left to join it, or when its first
// member has waited long enough.
type commits struct {
	queue queue.Queue
	out   func() int // how many outcomes can still come
	back  func([]queue.Outcome)
	told  func([]queue.Outcome) error // called with each group after it is written
	catch func()                      // deferred: takes a panic

	mu      sync.Mutex      // guards what follows
	open    *commit         // the group that is being gathered
	waiting int             // outcomes handed in and not yet written
	spare   []queue.Outcome // room of a group that is done, for the next one

	writing sync.Mutex // one group is written and told at a time
}

// commit is one group.
type commit struct {
	outcomes []queue.Outcome
	began    time.Time // when the first came
	seen     int       // how many there were when it was last thought of writing them
	timer    *time.Timer
	done     chan struct{} // closed when it is written, or was refused
	err      error         // valid once done is closed
}

// gather begins a new group. The caller holds the lock, or is alone.
func (c *commits) gather() {
	c.open = &commit{outcomes: c.spare[:0], done: make(chan struct{})}
	c.spare = nil
}

// settle returns when o is in the ledger and told, or cannot be. took is how
// long its answer took.
func (c *commits) settle(o queue.Outcome, took time.Duration) error {
	c.mu.Lock()
	g := c.open
	g.outcomes = append(g.outcomes, o)
	c.waiting++
	complete := c.waiting >= c.out()
	if complete {
		c.gather()
	} else if len(g.outcomes) == 1 {
		wait := min(max(took/companyShare, leastCompany), mostCompany)
		g.began = time.Now()
		g.timer = time.AfterFunc(wait, func() { c.close(g, wait) })
	}
	c.mu.Unlock()
	if complete {
		c.write(g)
	}
	<-g.done
	return g.err
}

// close writes g if nobody has yet, unless it is worth to wait once more.
func (c *commits) close(g *commit, wait time.Duration) {
	c.mu.Lock()
	mine := c.open == g
	if mine && c.grows(g, wait) {
		g.seen = len(g.outcomes)
		g.timer.Reset(wait)
		mine = false
	} else if mine {
		c.gather()
	}
	c.mu.Unlock()
	if mine {
		c.write(g)
	}
}

// grows reports whether so many joined g within the last wait that all who can
// still join would do so within mostCompany. The caller holds the lock.
func (c *commits) grows(g *commit, wait time.Duration) bool {
	joined := time.Duration(len(g.outcomes) - g.seen)
	missing := time.Duration(c.out() - c.waiting)
	return time.Since(g.began)+wait <= mostCompany && joined*mostCompany >= missing*wait
}

// write settles g in one transaction. It does not heed any stop: what has been
// answered is recorded.
func (c *commits) write(g *commit) {
	c.writing.Lock()
	defer c.writing.Unlock()
	defer close(g.done)
	defer c.catch() // before those who wait go on
	g.err = errUnsettled
	if g.timer != nil {
		g.timer.Stop()
	}
	if err := c.queue.Settle(context.Background(), g.outcomes); err != nil {
		g.err = fmt.Errorf("settle %d task IDs: %w", len(g.outcomes), err)
	} else {
		g.err = c.told(g.outcomes)
	}
	c.back(g.outcomes)
	c.mu.Lock()
	c.waiting -= len(g.outcomes)
	c.spare = g.outcomes
	c.mu.Unlock()
}
