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

	mu      sync.Mutex        // guards what follows
	open    *batch            // the batch that outcomes join now
	waiting int64             // outcomes that were handed in and are not yet settled
	spare   [][]queue.Outcome // room of batches that are done, for the next ones

	settling sync.Mutex // one batch is settled at a time
}

// batch is a group of outcomes that are settled together.
type batch struct {
	outcomes []queue.Outcome
	began    time.Time     // when the first came
	done     chan struct{} // closed when it is settled, or was refused
	err      error         // valid once done is closed
}

// begin begins a new batch. The caller holds the lock, or is alone.
func (s *settler) begin() {
	s.open = &batch{done: make(chan struct{})}
	if n := len(s.spare); n > 0 {
		s.open.outcomes, s.spare = s.spare[n-1][:0], s.spare[:n-1]
	}
}

// settle returns when o is in the ledger and recorded, or cannot be. took is how long
// its answer took. The worker that completes a batch settles it, or else the first of the
// batch does. Their stacks have grown; that of a new goroutine would grow for each batch.
func (s *settler) settle(o queue.Outcome, took time.Duration) error {
	s.mu.Lock()
	b := s.open
	b.outcomes = append(b.outcomes, o)
	s.waiting++
	s.coming.answered(took)
	complete, first := s.waiting >= s.coming.out(), len(b.outcomes) == 1
	if complete {
		s.begin()
	} else if first {
		b.began = time.Now()
	}
	s.mu.Unlock()
	switch {
	case complete:
		s.write(b)
	case first:
		s.attend(b)
	}
	<-b.done
	return b.err
}

// attend waits until nothing is left that b should wait for and settles it, unless
// somebody else does.
func (s *settler) attend(b *batch) {
	for wait := firstBatchDelay; wait > 0; {
		select {
		case <-b.done:
			return
		case <-time.After(wait):
		}
		var open bool
		if wait, open = s.close(b); !open {
			return
		}
	}
	s.write(b)
}

// close closes b if it is open, unless answers are expected that it should wait for: then
// it says how long.
func (s *settler) close(b *batch) (wait time.Duration, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != b {
		return 0, false
	}
	if wait = s.coming.delay(b.began); wait <= 0 {
		s.begin()
	}
	return wait, true
}

// write settles b in one transaction. It ignores any stop: what has been answered is
// recorded.
func (s *settler) write(b *batch) {
	s.settling.Lock()
	defer s.settling.Unlock()
	defer close(b.done)
	defer s.catch() // before those who wait go on
	b.err = errUnsettled
	if err := s.queue.Settle(context.Background(), b.outcomes); err != nil {
		b.err = fmt.Errorf("settle %d task IDs: %w", len(b.outcomes), err)
	} else {
		b.err = s.settled(b.outcomes)
	}
	s.returned(b.outcomes)
	s.mu.Lock()
	s.waiting -= int64(len(b.outcomes))
	s.spare = append(s.spare, b.outcomes)
	s.mu.Unlock()
}
