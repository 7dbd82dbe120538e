package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"cleaner/internal/pace"
	"cleaner/internal/queue"
)

// countedQueue counts what is settled at once, each time as long as a disk takes.
type countedQueue struct {
	Queue
	takes  time.Duration
	groups []int
	last   time.Time
}

// Settle implements queue.Lender.
func (q *countedQueue) Settle(ctx context.Context, outcomes []queue.Outcome) error {
	time.Sleep(q.takes)
	q.groups, q.last = append(q.groups, len(outcomes)), time.Now()
	return q.Queue.Settle(ctx, outcomes)
}

// TestPacedPassSettlesManyAtOnce: while the pace bounds the pass, groups are large and the
// pass is as fast as the pace, however slow the disk is.
func TestPacedPassSettlesManyAtOnce(t *testing.T) {
	for _, row := range []struct {
		rate          float64
		answers, disk time.Duration
		most          int // transactions for 400 IDs
	}{
		{50, 50 * time.Millisecond, 0, 44},
		{50, 50 * time.Millisecond, 3 * time.Millisecond, 44},
		{50, 50 * time.Millisecond, 60 * time.Millisecond, 70},
		{200, 50 * time.Millisecond, 3 * time.Millisecond, 140},
		{5, 50 * time.Millisecond, 3 * time.Millisecond, 90},
	} {
		t.Run(fmt.Sprintf("%v a second, answers after %v, a disk that takes %v", row.rate, row.answers, row.disk), func(t *testing.T) {
			try(t, 400, &far{latency: row.answers}, func(tr *trial) {
				q := &countedQueue{Queue: tr.opts.Queue, takes: row.disk}
				tr.opts.Queue, tr.opts.Pacer, tr.opts.Workers = q, pace.NewSteady(row.rate, 1), 16
				began := time.Now()
				tr.want("deleted", tr.run(tr.Context()).Deleted, int64(400))
				ideal := time.Duration(400 / row.rate * float64(time.Second))
				if took := q.last.Sub(began); took > ideal+ideal/20+row.answers+2*row.disk {
					t.Errorf("took %v, ideal %v", took, ideal)
				}
				if len(q.groups) > row.most {
					t.Errorf("%d transactions, want at most %d: %v", len(q.groups), row.most, q.groups)
				}
			})
		})
	}
}

// TestNoOutcomeWaitsLong: a group whose workers nobody misses is settled within a second,
// and one that nothing can join any more at once.
func TestNoOutcomeWaitsLong(t *testing.T) {
	f := &far{latency: 50 * time.Millisecond}
	try(t, 10, f, func(tr *trial) {
		q := &countedQueue{Queue: tr.opts.Queue}
		tr.opts.Queue, tr.opts.Pacer, tr.opts.Workers = q, pace.NewSteady(0.5, 1), 16
		began := time.Now()
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(10))
		if took := q.last.Sub(began); took > 18*time.Second+2*f.latency {
			t.Errorf("the last is settled after %v", took)
		}
		tr.want("transactions", len(q.groups), 10)
	})
}
