package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// An outcome waits for company, so that one transaction settles several, but
// not long: a share of the time its answer took, within these bounds.
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
	told  func(queue.Outcome) error // called for each, in order, after it is written

	mu      sync.Mutex // guards open and waiting
	open    *commit    // the group that is being gathered
	waiting int        // outcomes handed in and not yet written

	writing sync.Mutex // one group is written and told at a time
}

// commit is one group.
type commit struct {
	outcomes []queue.Outcome
	timer    *time.Timer
	done     chan struct{} // closed when it is written, or was refused
	err      error         // valid once done is closed
}

func newCommit() *commit { return &commit{done: make(chan struct{})} }

// settle returns when o is in the ledger and told, or cannot be. took is how
// long its answer took.
func (c *commits) settle(o queue.Outcome, took time.Duration) error {
	c.mu.Lock()
	g := c.open
	g.outcomes = append(g.outcomes, o)
	c.waiting++
	complete := c.waiting >= c.out()
	if complete {
		c.open = newCommit()
	} else if len(g.outcomes) == 1 {
		wait := min(max(took/companyShare, leastCompany), mostCompany)
		g.timer = time.AfterFunc(wait, func() { c.close(g) })
	}
	c.mu.Unlock()
	if complete {
		c.write(g)
	}
	<-g.done
	return g.err
}

// close writes g if nobody has yet.
func (c *commits) close(g *commit) {
	c.mu.Lock()
	mine := c.open == g
	if mine {
		c.open = newCommit()
	}
	c.mu.Unlock()
	if mine {
		c.write(g)
	}
}

// tell tells of outcomes that are in the ledger, all of them whatever happens,
// and returns the first error.
func (c *commits) tell(outcomes []queue.Outcome) (first error) {
	for _, o := range outcomes {
		if err := c.told(o); err != nil && first == nil {
			first = fmt.Errorf("tell what became of task %s: %w", o.Delivery.ID, err)
		}
	}
	return first
}

// write settles g in one transaction. It does not heed any stop: what has been
// answered is recorded.
func (c *commits) write(g *commit) {
	c.writing.Lock()
	defer c.writing.Unlock()
	defer close(g.done)
	if g.timer != nil {
		g.timer.Stop()
	}
	if err := c.queue.Settle(context.Background(), g.outcomes); err != nil {
		g.err = fmt.Errorf("settle %d task IDs: %w", len(g.outcomes), err)
	} else {
		g.err = c.tell(g.outcomes)
	}
	c.mu.Lock()
	c.waiting -= len(g.outcomes)
	c.mu.Unlock()
	c.back(g.outcomes)
}
