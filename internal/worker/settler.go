package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// Outcomes are batched briefly, so that one transaction settles several. A batch waits
// for outcomes that may come at once, and then for answers that are expected soon: within
// a share of the time that an answer takes, in these bounds. So requests that were sent
// together stay together, and no worker waits for answers that are far away.
const (
	firstBatchDelay = 2 * time.Millisecond
	minBatchDelay   = 4 * time.Millisecond
	maxBatchDelay   = 20 * time.Millisecond
	batchDelayShare = 10                   // one tenth
	lateAnswer      = 2 * time.Millisecond // an answer is expected for so long after its time
)

// settler settles outcomes in batches. A worker stays with its outcome until the
// ledger has it, so the IDs in flight and those not yet settled are together never
// more than the workers. A batch is settled when no outcome is left that could join
// it, or after its delay.
type settler struct {
	queue    Queue
	out      func() int64 // how many outcomes can still come
	underWay *underWay
	returned func([]queue.Outcome)
	settled  func([]queue.Outcome) error // called with each batch that the ledger has
	catch    func()                      // deferred: takes a panic

	mu      sync.Mutex      // guards what follows
	open    *batch          // the batch that outcomes join now
	took    time.Duration   // how long the last answer took
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
	if took > 0 {
		s.took = took
	}
	complete := s.waiting >= s.out()
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
	if wait := s.delay(b); mine && wait > 0 {
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

// delay is how long b still waits for answers, if each takes as long as the last one
// did. The caller holds the lock.
func (s *settler) delay(b *batch) time.Duration {
	now := time.Now()
	until := b.began.Add(min(max(s.took/batchDelayShare, minBatchDelay), maxBatchDelay))
	last, ok := s.underWay.expected(s.took, now.Add(-lateAnswer), until)
	switch soon := now.Add(lateAnswer); {
	case !ok:
		return 0
	case last.Before(soon):
		last = soon
	}
	return min(last.Sub(now), until.Sub(now))
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
