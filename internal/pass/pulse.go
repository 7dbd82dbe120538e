package pass

import (
	"iter"
	"sync/atomic"
	"time"
)

// pulse tells that a pass goes on while its workers do not work: while it opens
// the ledger, reads its inputs, balances its numbers. The zero value has not begun
// to beat.
type pulse struct{ last atomic.Pointer[time.Time] }

// beat says that something has moved.
func (p *pulse) beat() {
	now := time.Now()
	p.last.Store(&now)
}

// still is how long nothing has moved; zero before the first beat.
func (p *pulse) still() time.Duration {
	if last := p.last.Load(); last != nil {
		return time.Since(*last)
	}
	return 0
}

// beatEvery is how many task IDs are read between two beats.
const beatEvery = 1024

// along passes ids on, and beats.
func (p *pulse) along(ids iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := 0
		for id, err := range ids {
			if n++; n%beatEvery == 0 {
				p.beat()
			}
			if !yield(id, err) {
				return
			}
		}
	}
}
