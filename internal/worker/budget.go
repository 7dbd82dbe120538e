package worker

import "cleaner/internal/queue"

// budget is how many IDs a pass may still send DELETEs for. An ID is charged before
// anything is sent for it, and refunded when nothing was. The zero value has no bound.
type budget struct {
	bounded bool
	left    int64
	charged map[int64]bool // by number, IDs that are charged; true when something was sent
	open    int            // those of them that may still be refunded
	closed  bool           // it is used up: no other ID is begun, those that were begun go on
}

func newBudget(most int64) budget {
	if most <= 0 {
		return budget{}
	}
	return budget{bounded: true, left: most, charged: map[int64]bool{}}
}

// charge charges the ID, once a pass. It reports false when nothing is left.
func (b *budget) charge(seq int64) bool {
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

// sent notes that something was sent for the ID, which was charged. It reports
// whether this was the first time: then the ID cannot be refunded any more.
func (b *budget) sent(seq int64) bool {
	if sent, ok := b.charged[seq]; !ok || sent {
		return false
	}
	b.charged[seq] = true
	b.open--
	return true
}

// returned notes that o is in the ledger. It reports whether its ID was refunded.
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

// split divides ds into the IDs that were begun, which reuse the room of ds, and the
// others.
func (b *budget) split(ds []queue.Delivery) (begun, others []queue.Delivery) {
	begun = ds[:0]
	for _, d := range ds {
		if _, ok := b.charged[d.Seq]; ok {
			begun = append(begun, d)
		} else {
			others = append(others, d)
		}
	}
	return begun, others
}
