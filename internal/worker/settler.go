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
	delay    batchDelay
	returned func([]queue.Outcome)
	settled  func([]queue.Outcome) error // called with each batch that the ledger has
	catch    func()                      // deferred: takes a panic

	mu      sync.Mutex        // guards what follows
	open    *batch            // the batch that outcomes join now
	waiting int64             // outcomes that were handed in and are not yet settled
	spare   [][]queue.Outcome // room of batches that are done, for the next ones

	settling chan struct{} // holds something while a batch is settled: one at a time
}

// batch is a group of outcomes that are settled together.
type batch struct {
	outcomes []queue.Outcome
	began    time.Time     // when the first came
	taken    bool          // somebody settles it, when the batch before it is settled
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
	s.delay.answered(took)
	complete, first := !b.taken && s.waiting >= s.delay.out(), len(b.outcomes) == 1
	if complete {
		b.taken = true
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
	for p := (pause{most: firstBatchDelay}); p.most > 0; {
		select {
		case <-b.done:
			return
		case <-time.After(p.most):
		case <-p.until:
		}
		var taken bool
		if p, taken = s.take(b); taken {
			return
		}
	}
	s.write(b)
}

// take has the caller settle b, unless there is something that it should wait for: then
// it says how long. It reports whether somebody else settles it.
func (s *settler) take(b *batch) (p pause, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.taken {
		return pause{}, true
	}
	p = s.delay.pause(b.began)
	b.taken = p.most <= 0
	return p, false
}

// write settles b in one transaction, with all that comes until the batch before it is
// settled. It ignores any stop: what has been answered is recorded. As many workers as
// came meanwhile, and one, are to be ready to send while the next batch is settled.
func (s *settler) write(b *batch) {
	s.settling <- struct{}{}
	defer func() { <-s.settling }()
	s.mu.Lock()
	s.begin()
	s.mu.Unlock()
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
	s.delay.idle.need(int64(len(s.open.outcomes)) + 1)
	s.mu.Unlock()
}
