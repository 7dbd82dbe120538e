package worker

import (
	"context"
	"time"

	"cleaner/internal/queue"
)

// handout hands out IDs for calibration.
type handout struct{ *leases }

// handout returns the leases as calibration uses them.
func (s *stages) handout() handout { return handout{s.leases} }

// draw hands out up to n IDs from across the list. When none is fresh it hands out what
// else there is, and waits for that as take does; then it may be one ID, leased alone.
func (l handout) draw(ctx context.Context, n int) ([]queue.Delivery, error) {
	ds, err := l.sample(ctx, n)
	if err != nil || len(ds) > 0 {
		return ds, err
	}
	first, ok, err := l.take(ctx)
	if err != nil || !ok {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	more := l.prefetched.ready[:min(n-1, len(l.prefetched.ready))]
	l.prefetched.ready = l.prefetched.ready[len(more):]
	for _, d := range more {
		l.handed.add(d)
	}
	return append([]queue.Delivery{first}, more...), nil
}

// sample hands out up to n fresh IDs from across the list.
func (l handout) sample(ctx context.Context, n int) ([]queue.Delivery, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ds, err := l.prefetched.sample(ctx, n, l.now())
	for _, d := range ds {
		l.handed.add(d)
	}
	return ds, err
}

// keep keeps d, which was handed out and never sent, until nothing else is fresh.
func (l handout) keep(d queue.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handed.remove(d)
	l.reserve.keep(d)
	l.changed.broadcast()
}

// setAside notes that n IDs that are handed out are only watched for a while, so others may
// be worked on in their place, and outcomes need not wait for theirs. The returned
// function notes that they are to be settled.
func (l handout) setAside(n int) (over func()) {
	l.handed.aside.Add(int64(n))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.broadcast()
	return func() { l.handed.aside.Add(-int64(n)) }
}

// peek returns the nth ID that is leased, not handed out and never sent. IDs of the
// reserve come first: they were seen to be there.
func (l *leases) peek(n int) (queue.Delivery, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ds := range [][]queue.Delivery{l.reserve.kept, l.prefetched.ready} {
		for _, d := range ds {
			if !isFresh(d) {
				continue
			}
			if n == 0 {
				return d, true
			}
			n--
		}
	}
	return queue.Delivery{}, false
}

// charge charges d to the budget. When nothing is left it waits as long as another ID
// may be refunded; it reports false when none can be, or ctx has ended. From then on
// no other ID is begun, and the pass finishes those that were.
func (l *leases) charge(ctx context.Context, d queue.Delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.budget.charge(d.Seq) {
		if ctx.Err() != nil {
			return false
		}
		if l.budget.open == 0 {
			l.budget.closed = true
			l.prefetched.park(l.reserve.drop(), &l.budget)
			l.changed.broadcast()
			return false
		}
		l.wait(ctx, time.Time{})
	}
	return true
}

// sent notes that something was sent for d.
func (l *leases) sent(d queue.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget.sent(d.Seq) && l.budget.left == 0 {
		l.changed.broadcast()
	}
}
