package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// settler settles outcomes in batches. A worker stays with its outcome until the
// ledger has it, so the IDs in flight and those not yet settled are together never
// more than the workers. A batch is settled when no outcome is left that could join
// it, or none is coming soon.
type settler struct {
	queue    Queue
	coming   coming
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
	s.coming.answered(took)
	complete := s.waiting >= s.coming.out()
	if complete {
		s.begin()
	} else if len(b.outcomes) == 1 {
		b.began = time.Now()
		b.timer = time.AfterFunc(firstBatchDelay, func() { s.close(b) })
	}
	s.mu.Unlock()
	if complete {
		s.write(b)
	}
	<-b.done
	return b.err
}

// close settles b unless somebody has, or answers are expected that it should wait for.
func (s *settler) close(b *batch) {
	s.mu.Lock()
	mine := s.open == b
	if wait := s.coming.delay(b.began); mine && wait > 0 {
		b.timer.Reset(wait)
		mine = false
	} else if mine {
		s.begin()
	}
	s.mu.Unlock()
	if mine {
		s.write(b)
	}
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
