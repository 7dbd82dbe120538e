package pass

import (
	"iter"
	"sync/atomic"
	"time"
)

// heartbeat shows that a pass makes progress while its workers do not work: while it opens
// the ledger, reads its inputs or balances its numbers. The zero value has no beat yet.
type heartbeat struct{ last atomic.Pointer[time.Time] }

// beat notes that something has moved.
func (h *heartbeat) beat() {
	now := time.Now()
	h.last.Store(&now)
}

// still is how long nothing has moved; zero before the first beat.
func (h *heartbeat) still() time.Duration {
	if last := h.last.Load(); last != nil {
		return time.Since(*last)
	}
	return 0
}

// beatEvery is how many task IDs are read between two beats.
const beatEvery = 1024

// along passes ids on, and beats.
func (h *heartbeat) along(ids iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := 0
		for id, err := range ids {
			if n++; n%beatEvery == 0 {
				h.beat()
			}
			if !yield(id, err) {
				return
			}
		}
	}
}
