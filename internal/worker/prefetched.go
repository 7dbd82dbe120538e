package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// pollEvery bounds how long an empty queue is believed to be empty: another process
// may have loaded IDs.
const pollEvery = time.Second

// prefetched is what is leased from the queue and not handed out. The mutex of its owner
// guards it.
type prefetched struct {
	queue     Queue
	outside   int64            // pending IDs that are never leased to this pass
	ready     []queue.Delivery // the next to be handed out
	sampled   int              // how many of ready, at its head, come from across the list
	parked    []queue.Delivery // not begun in this pass: the budget is used up
	tail      bool             // the queue had nothing fresh when it was asked last
	askAgain  time.Time        // the queue had nothing: it is not asked again before this
	horizon   time.Time        // IDs that are due later belong to the next pass
	exhausted bool             // the pass has nothing more
}

// isFresh reports whether d was never sent.
func isFresh(d queue.Delivery) bool { return d.LastAt.IsZero() }

// lease leases up to n IDs that are due, or else says when one is. When the budget is
// used up, only IDs that were begun go on.
func (s *prefetched) lease(ctx context.Context, n int, now time.Time, b *budget) (ds []queue.Delivery, due time.Time, err error) {
	if !b.closed {
		return s.queue.Take(ctx, n, now)
	}
	if len(b.charged) == 0 {
		return nil, time.Time{}, nil
	}
	ds, due, err = s.queue.TakeWaiting(ctx, n, now)
	begun, others := b.split(ds)
	s.parked = append(s.parked, others...)
	return begun, due, err
}

// add makes ds the next to be handed out, when nothing is ready.
func (s *prefetched) add(ds []queue.Delivery) {
	s.ready, s.sampled = ds, 0
	s.tail = !slices.ContainsFunc(ds, func(d queue.Delivery) bool { return isFresh(d) || d.Alone })
}

// next returns the next ID to be handed out.
func (s *prefetched) next() queue.Delivery {
	d := s.ready[0]
	s.ready, s.sampled = s.ready[1:], max(s.sampled-1, 0)
	return d
}

// sample leases up to n fresh IDs from across the list.
func (s *prefetched) sample(ctx context.Context, n int, now time.Time) ([]queue.Delivery, error) {
	ds, err := s.queue.Sample(ctx, n, now)
	if err != nil {
		return nil, fmt.Errorf("draw task IDs from across the list: %w", err)
	}
	return ds, nil
}

// waitUntil sets when the queue is asked again, of which the next ID is due at due;
// zero when there is none.
func (s *prefetched) waitUntil(now, due time.Time) {
	s.askAgain = now.Add(pollEvery)
	if !due.IsZero() && due.Before(s.askAgain) {
		s.askAgain = now.Add(due.Sub(now)) // on the clock that never jumps
	}
}

// nextAsk is when a worker that waits should look again by itself; zero when it is
// woken, because what is ready cannot be handed out yet.
func (s *prefetched) nextAsk() time.Time {
	if len(s.ready) > 0 {
		return time.Time{}
	}
	return s.askAgain
}

// pending counts the IDs that are not settled and may be lent to this pass.
func (s *prefetched) pending(ctx context.Context) (int64, error) {
	t, err := s.queue.Totals(ctx)
	if err != nil && ctx.Err() == nil {
		return 0, fmt.Errorf("count what is left: %w", err)
	}
	return t.IDs[queue.Pending] - t.Held - s.outside, nil
}

// ends reports whether an ID that is due at due belongs to the next pass, or there is
// none.
func (s *prefetched) ends(due time.Time) bool { return due.IsZero() || due.After(s.horizon) }

// extend extends the pass to an ID that is due at due, or a little later: a ledger may
// keep due times in coarser units.
func (s *prefetched) extend(due time.Time) {
	if due = due.Add(time.Second); due.After(s.horizon) {
		s.horizon = due
	}
}

// park sets aside what was not begun, kept IDs included.
func (s *prefetched) park(kept []queue.Delivery, b *budget) {
	begun, others := b.split(slices.Concat(s.ready, kept))
	s.ready, s.parked = begun, append(s.parked, others...)
}
