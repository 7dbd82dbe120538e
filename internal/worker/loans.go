package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/queue"
)

// pollEvery bounds how long an empty queue is believed to be empty: something
// else may have loaded.
const pollEvery = time.Second

// leastTaken is how many IDs are borrowed at once by a few workers: of fewer, those
// that waited would take more than a fifth.
const leastTaken = 5

// loans is what the pool has borrowed from the queue. Workers pull under one
// mutex; an ID costs no channel and no goroutine.
type loans struct {
	queue queue.Queue
	rest  func() func() // says that a worker waits for an ID, and then that it goes on

	mu        sync.Mutex       // guards all below
	size      int              // how many may be out
	crowded   bool             // a worker waits because so many are
	ready     []queue.Delivery // borrowed and not yet handed out
	out       int              // handed out and not yet settled
	canary    int              // deletions still to be confirmed; as many may be out, 0 is no limit
	budget    budget           // IDs that may still be sent
	started   time.Time        // when the pass began
	horizon   time.Time        // IDs due later than this belong to the next pass
	askAgain  time.Time        // the queue had nothing; do not ask before this
	exhausted bool             // nothing more for this pass
	wake      chan struct{}    // closed when waiting workers should look again
}

// newLoans begins a pass: IDs that wait at most the longest backoff are waited for.
func newLoans(o Options, now time.Time) *loans {
	return &loans{
		queue:   o.Queue,
		size:    o.Workers,
		canary:  o.Canary,
		budget:  newBudget(o.Budget),
		started: now,
		horizon: now.Add(o.Retry.Max),
		wake:    make(chan struct{}),
	}
}

// next hands out one ID, waiting for one to become due. It reports false when
// ctx ends or the pass has nothing more.
func (l *loans) next(ctx context.Context) (queue.Delivery, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil && !l.exhausted {
		if len(l.ready) == 0 {
			if err := l.borrow(ctx); err != nil {
				return queue.Delivery{}, false, err
			}
		}
		if len(l.ready) > 0 && l.room() {
			d := l.ready[0]
			l.ready = l.ready[1:]
			l.out++
			return d, true, nil
		}
		if !l.exhausted {
			l.wait(ctx)
		}
	}
	return queue.Delivery{}, false, nil
}

// room reports whether one more may be out.
func (l *loans) room() bool {
	l.crowded = l.out >= l.size
	return !l.crowded && (l.canary == 0 || l.out < l.canary)
}

// resize changes how many may be out.
func (l *loans) resize(size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size = size
	l.wakeAll()
}

// borrow asks the queue for more, unless it said that there is none yet.
func (l *loans) borrow(ctx context.Context) error {
	now := time.Now()
	if now.Before(l.askAgain) && l.out > 0 {
		return nil
	}
	ds, due, err := l.queue.Take(ctx, max(l.size, leastTaken))
	switch {
	case ctx.Err() != nil && len(ds) == 0:
		return nil // stopped while asking
	case err != nil:
		return fmt.Errorf("take due task IDs: %w", err)
	}
	l.ready = ds
	if len(ds) > 0 {
		return nil
	}
	if l.out == 0 && (due.IsZero() || due.After(l.horizon)) {
		l.exhausted = true
		l.wakeAll()
		return nil
	}
	l.askAgain = now.Add(pollEvery)
	if !due.IsZero() && due.Before(l.askAgain) {
		l.askAgain = due
	}
	return nil
}

// wait lets go of the mutex until it is worth looking again.
func (l *loans) wait(ctx context.Context) {
	until := l.askAgain
	if len(l.ready) > 0 {
		until = time.Time{} // there is no room, and it is told when there is
	}
	l.waitUntil(ctx, until)
}

// waitUntil lets go of the mutex until somebody wakes all, ctx ends or the moment
// has come; the zero time never does.
func (l *loans) waitUntil(ctx context.Context, until time.Time) {
	wake := l.wake
	l.mu.Unlock()
	defer l.mu.Lock()
	defer l.rest()()
	waitFor(ctx, wake, until)
}

func (l *loans) wakeAll() {
	close(l.wake)
	l.wake = make(chan struct{})
}

// sentInPass reports whether d was sent in this pass before.
func (l *loans) sentInPass(d queue.Delivery) bool {
	return !d.LastAt.IsZero() && !d.LastAt.Before(l.started)
}

// returned notes that outcomes are in the ledger again.
func (l *loans) returned(outcomes []queue.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out -= len(outcomes)
	look := l.out == 0 || l.canary > 0 || l.crowded
	for _, o := range outcomes {
		look = l.budget.returned(o) || look
		if o.State == queue.Pending {
			look = true
			if o.Due.Before(l.askAgain) {
				l.askAgain = o.Due
			}
		}
	}
	if look {
		l.wakeAll()
	}
}

// isCanary reports whether a deletion has to be confirmed.
func (l *loans) isCanary() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.canary > 0
}

// confirmed notes that a deletion was confirmed. After the last one the pool is free.
func (l *loans) confirmed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.canary = max(l.canary-1, 0)
	l.wakeAll()
}

// await extends the pass to an ID that is due at due, or a little later: a
// ledger may keep due times in coarser units.
func (l *loans) await(due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if due = due.Add(time.Second); due.After(l.horizon) {
		l.horizon = due
	}
}

// outstanding is how many IDs are handed out and not settled.
func (l *loans) outstanding() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out
}

// giveBack returns what was borrowed and never handed out.
func (l *loans) giveBack(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ready) == 0 {
		return nil
	}
	back := make([]queue.Outcome, 0, len(l.ready))
	for _, d := range l.ready {
		back = append(back, unsent(d))
	}
	l.ready = nil
	if err := l.queue.Settle(ctx, back); err != nil {
		return fmt.Errorf("give back %d task IDs that were not sent: %w", len(back), err)
	}
	return nil
}
