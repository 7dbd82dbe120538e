package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/queue"
)

// leastTaken is the fewest IDs that are leased at once: with fewer, IDs that waited
// would take more than a fifth of each lease.
const leastTaken = 5

// leases are the IDs that the pool has leased from the queue. Workers pull under one
// mutex; an ID costs no channel and no goroutine.
type leases struct {
	*run
	blame  *blame  // with shares, says when IDs must come from across the list
	shares *shares // and counts them
	// compares reports whether the reserve is still needed for looks to compare with.
	compares func() bool

	mu         sync.Mutex // guards all below
	changed    signal     // sent when waiting workers should look again
	handed     handed
	prefetched prefetched
	reserve    reserve
	budget     budget
}

// handed counts the IDs that are handed out and not yet settled.
type handed struct {
	most    int            // how many there may be
	count   atomic.Int64   // how many there are; it may be read without the mutex
	aside   atomic.Int64   // how many of them calibration watches while the pool is at work; as count
	fresh   map[int64]bool // by number, those of them that were never sent before
	blocked bool           // a worker waits because of them
}

func newLeases(r *run, o Options, b *blame, s *shares) *leases {
	return &leases{
		run:        r,
		blame:      b,
		shares:     s,
		changed:    newSignal(),
		handed:     handed{most: o.Workers, fresh: map[int64]bool{}},
		prefetched: prefetched{queue: o.Queue, outside: o.Outside, horizon: r.began.Add(o.Retry.Max)}, // the longest backoff is waited for
		reserve:    reserve{called: map[int64]bool{}},
		budget:     newBudget(o.Budget),
	}
}

// take hands out one ID, waiting for one to become due. It reports false when ctx
// ends or the pass has nothing more.
func (l *leases) take(ctx context.Context) (queue.Delivery, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil && !l.prefetched.exhausted {
		if len(l.prefetched.ready) == 0 {
			if err := l.refill(ctx); err != nil {
				return queue.Delivery{}, false, err
			}
		} else if l.prefetched.sampled == 0 && l.samples() {
			if _, err := l.refillSampled(ctx, max(l.handed.most, leastTaken), l.now()); err != nil {
				return queue.Delivery{}, false, err
			}
		}
		l.callReserve()
		if len(l.prefetched.ready) > 0 && l.handed.admits(l.prefetched.ready[0]) && l.reserve.admits(l.prefetched.ready[0]) {
			d := l.prefetched.next()
			l.handed.add(d)
			return d, true, nil
		}
		if !l.prefetched.exhausted {
			l.wait(ctx, l.prefetched.nextAsk())
		}
	}
	return queue.Delivery{}, false, nil
}

// callReserve puts the reserve first when no other fresh ID is left.
func (l *leases) callReserve() {
	if len(l.reserve.kept) == 0 || !l.prefetched.tail || len(l.handed.fresh) > 0 || l.compares() {
		return
	}
	l.prefetched.ready = append(l.reserve.call(), l.prefetched.ready...)
}

// refill leases more from the queue, unless that said that there is nothing yet.
func (l *leases) refill(ctx context.Context) error {
	now, n := l.now(), max(l.handed.most, leastTaken)
	if now.Before(l.prefetched.askAgain) && l.handed.count.Load() > 0 {
		return nil
	}
	if sampled, err := l.refillSampled(ctx, n, now); sampled || err != nil {
		return err
	}
	ds, due, err := l.prefetched.lease(ctx, n, now, &l.budget)
	switch {
	case ctx.Err() != nil && len(ds) == 0:
		return nil // stopped while asking
	case err != nil:
		return fmt.Errorf("take due task IDs: %w", err)
	}
	l.prefetched.add(ds)
	if l.prefetched.tail && l.shares.sampling() {
		pending, err := l.prefetched.pending(ctx)
		if err != nil {
			return err
		}
		l.shares.exhausted(pending)
	}
	switch {
	case len(ds) > 0:
	case l.handed.count.Load() == 0 && len(l.reserve.kept) == 0 && l.prefetched.ends(due):
		l.prefetched.exhausted = true
		l.changed.broadcast()
	default:
		l.prefetched.waitUntil(now, due)
	}
	return nil
}

// samples reports whether the next IDs must come from across the list.
func (l *leases) samples() bool {
	return !l.budget.closed && (l.blame.sampling() || l.shares.sampling())
}

// refillSampled leases from across the list when the answers so far ask for that, and
// reports whether it did. Those go before what is ready, which stands together and may
// have the same fault: it could stop the pass before any other is tried.
func (l *leases) refillSampled(ctx context.Context, n int, now time.Time) (bool, error) {
	if !l.samples() {
		return false, nil
	}
	ds, err := l.prefetched.sample(ctx, n, now)
	if err != nil && ctx.Err() == nil {
		return false, err
	}
	if len(ds) == 0 {
		return false, nil
	}
	l.shares.sample(ds)
	l.prefetched.ready, l.prefetched.sampled, l.prefetched.tail = append(ds, l.prefetched.ready...), len(ds), false
	return true, nil
}

// wait unlocks the mutex until a change, the moment until, or the end of ctx; the zero
// time never comes.
func (l *leases) wait(ctx context.Context, until time.Time) {
	changed := l.changed.sent
	l.mu.Unlock()
	defer l.mu.Lock()
	defer l.rest()()
	waitFor(ctx, changed, until)
}

// resize changes how many may be handed out.
func (l *leases) resize(most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handed.most = most
	l.changed.broadcast()
}

// returned notes that outcomes are in the ledger.
func (l *leases) returned(outcomes []queue.Outcome) {
	l.shares.returned(outcomes)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handed.count.Add(-int64(len(outcomes)))
	look := l.handed.count.Load() == 0 || l.handed.blocked || l.reserve.waited()
	for _, o := range outcomes {
		delete(l.reserve.called, o.Delivery.Seq)
		delete(l.handed.fresh, o.Delivery.Seq)
		look = l.budget.returned(o) || look
		if o.State == queue.Pending {
			look = true
			if o.Due.Before(l.prefetched.askAgain) {
				l.prefetched.askAgain = o.Due
			}
		}
	}
	if look {
		l.changed.broadcast()
	}
}

// await extends the pass to an ID that is due at due.
func (l *leases) await(due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prefetched.extend(due)
}

// giveBack returns to the queue what was leased and never handed out.
func (l *leases) giveBack(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ds := slices.Concat(l.prefetched.ready, l.reserve.kept, l.prefetched.parked)
	if len(ds) == 0 {
		return nil
	}
	back := make([]queue.Outcome, 0, len(ds))
	for _, d := range ds {
		back = append(back, unsent(d, l.now()))
	}
	l.prefetched.ready, l.reserve.kept, l.prefetched.parked = nil, nil, nil
	if err := l.prefetched.queue.Settle(ctx, back); err != nil {
		return fmt.Errorf("give back %d task IDs that were not sent: %w", len(back), err)
	}
	return nil
}

// admits reports whether one more may be handed out. One that was put behind all fresh
// IDs waits for the fresh ones that are handed out as well: only an answer to them
// shows whether it or the run is to blame.
func (h *handed) admits(next queue.Delivery) bool {
	h.blocked = h.atWork() >= int64(h.most) || next.Behind && len(h.fresh) > 0
	return !h.blocked
}

// add notes that d is handed out.
func (h *handed) add(d queue.Delivery) {
	h.count.Add(1)
	if isFresh(d) {
		h.fresh[d.Seq] = true
	}
}

// atWork is how many of them the pool works on.
func (h *handed) atWork() int64 { return h.count.Load() - h.aside.Load() }

// remove notes that d is not handed out any more.
func (h *handed) remove(d queue.Delivery) {
	h.count.Add(-1)
	delete(h.fresh, d.Seq)
}
