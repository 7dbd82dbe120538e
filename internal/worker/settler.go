package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// Outcomes are batched briefly, so that one transaction settles several. A batch waits
// for a share of the time that its first answer took, within these bounds, and again
// as long as so many outcomes join it that all those that can come would be there
// within maxBatchDelay.
const (
	minBatchDelay   = 4 * time.Millisecond
	maxBatchDelay   = 20 * time.Millisecond
	batchDelayShare = 20 // one twentieth
)

// settler settles outcomes in batches. A worker stays with its outcome until the
// ledger has it, so the IDs in flight and those not yet settled are together never
// more than the workers. A batch is settled when no outcome is left that could join
// it, or after its delay.
type settler struct {
	queue    Queue
	out      func() int64 // how many outcomes can still come
	returned func([]queue.Outcome)
	settled  func([]queue.Outcome) error // called with each batch that the ledger has
	catch    func()                      // deferred: takes a panic

	mu      sync.Mutex      // guards what follows
	open    *batch          // the batch that outcomes join now
	waiting int64           // outcomes that were handed in and are not yet settled
	spare   []queue.Outcome // room of a batch that is done, for the next one

	settling sync.Mutex // one batch is settled at a time
}

// batch is a group of outcomes that are settled together.
type batch struct {
	outcomes []queue.Outcome
	began    time.Time // when the first came
	seen     int       // how many there were when its delay was last over
	timer    *time.Timer
	done     chan struct{} // closed when it is settled, or was refused
	err      error         // valid once done is closed
}

// begin begins a new batch. The caller holds the lock, or is alone.
func (s *settler) begin() {
	s.open = &batch{outcomes: s.spare[:0], done: make(chan struct{})}
	s.spare = nil
}

// settle returns when o is in the ledger and recorded, or cannot be. took is how long
// its answer took.
func (s *settler) settle(o queue.Outcome, took time.Duration) error {
	s.mu.Lock()
	b := s.open
	b.outcomes = append(b.outcomes, o)
	s.waiting++
	complete := s.waiting >= s.out()
	if complete {
		s.begin()
	} else if len(b.outcomes) == 1 {
		delay := min(max(took/batchDelayShare, minBatchDelay), maxBatchDelay)
		b.began = time.Now()
		b.timer = time.AfterFunc(delay, func() { s.close(b, delay) })
	}
	s.mu.Unlock()
	if complete {
		s.write(b)
	}
	<-b.done
	return b.err
}

// close settles b unless somebody has, or it is worth another delay.
func (s *settler) close(b *batch, delay time.Duration) {
	s.mu.Lock()
	mine := s.open == b
	if mine && s.grows(b, delay) {
		b.seen = len(b.outcomes)
		b.timer.Reset(delay)
		mine = false
	} else if mine {
		s.begin()
	}
	s.mu.Unlock()
	if mine {
		s.write(b)
	}
}

// grows reports whether so many outcomes joined b within the last delay that all that
// can still come would join within maxBatchDelay. The caller holds the lock.
func (s *settler) grows(b *batch, delay time.Duration) bool {
	joined := time.Duration(len(b.outcomes) - b.seen)
	missing := time.Duration(s.out() - s.waiting)
	return time.Since(b.began)+delay <= maxBatchDelay && joined*maxBatchDelay >= missing*delay
}

// write settles b in one transaction. It ignores any stop: what has been answered is
// recorded.
func (s *settler) write(b *batch) {
	s.settling.Lock()
	defer s.settling.Unlock()
	defer close(b.done)
	defer s.catch() // before those who wait go on
	b.err = errUnsettled
	if b.timer != nil {
		b.timer.Stop()
	}
	if err := s.queue.Settle(context.Background(), b.outcomes); err != nil {
		b.err = fmt.Errorf("settle %d task IDs: %w", len(b.outcomes), err)
	} else {
		b.err = s.settled(b.outcomes)
	}
	s.returned(b.outcomes)
	s.mu.Lock()
	s.waiting -= int64(len(b.outcomes))
	s.spare = b.outcomes
	s.mu.Unlock()
}
