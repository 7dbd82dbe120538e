package worker

import (
	"context"
	"time"

	"cleaner/internal/queue"
)

// budget is how many IDs a pass may still send DELETEs for. It takes an ID from
// itself before anything is sent, and gives it back when nothing was. The zero
// value has no bound.
type budget struct {
	bounded bool
	left    int64
	charged map[int64]bool // by number, IDs that were taken; true when something was sent
	open    int            // those of them that may still be given back
}

func newBudget(most int64) budget {
	if most <= 0 {
		return budget{}
	}
	return budget{bounded: true, left: most, charged: map[int64]bool{}}
}

// take takes the ID, once a pass. It reports false when there is none left.
func (b *budget) take(seq int64) bool {
	if _, ok := b.charged[seq]; ok || !b.bounded {
		return true
	}
	if b.left == 0 {
		return false
	}
	b.left--
	b.open++
	b.charged[seq] = false
	return true
}

// sent notes that something was sent for the ID, which was taken. It reports
// whether nothing more can come back of it.
func (b *budget) sent(seq int64) bool {
	if sent, ok := b.charged[seq]; !ok || sent {
		return false
	}
	b.charged[seq] = true
	b.open--
	return true
}

// returned notes that o is in the ledger. It reports whether its ID was given
// back.
func (b *budget) returned(o queue.Outcome) bool {
	seq := o.Delivery.Seq
	sent, ok := b.charged[seq]
	if ok && (!sent || o.State != queue.Pending) {
		delete(b.charged, seq)
	}
	if !ok || sent {
		return false
	}
	b.left++
	b.open--
	return true
}

// spend takes d from the budget. When nothing is left it waits as long as
// something may come back; it reports false when nothing can, or ctx has ended.
func (l *loans) spend(ctx context.Context, d queue.Delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.budget.take(d.Seq) {
		if l.budget.open == 0 || ctx.Err() != nil {
			return false
		}
		l.waitUntil(ctx, time.Time{})
	}
	return true
}

// sent notes that something was sent for d.
func (l *loans) sent(d queue.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget.sent(d.Seq) && l.budget.left == 0 {
		l.wakeAll()
	}
}
