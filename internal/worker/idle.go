package worker

import "sync/atomic"

// idle is the workers that wait for a permit to send a DELETE. As long as there are more
// of them than are needed soon, the pace bounds the pass, and no other worker is missed.
type idle struct {
	count  atomic.Int64
	needed atomic.Int64  // as many will get their permits while a batch is settled
	few    chan struct{} // is sent to when no more than these are left
}

func newIdle() *idle { return &idle{few: make(chan struct{}, 1)} }

// begin notes that one more waits.
func (i *idle) begin() { i.count.Add(1) }

// end notes that one of them goes on.
func (i *idle) end() {
	if i.count.Add(-1) <= i.needed.Load() {
		i.tell()
	}
}

// need says how many are needed from now on.
func (i *idle) need(n int64) {
	i.needed.Store(n)
	if !i.more() {
		i.tell()
	}
}

// more reports whether there are more than are needed.
func (i *idle) more() bool { return i.count.Load() > i.needed.Load() }

func (i *idle) tell() {
	select {
	case i.few <- struct{}{}:
	default: // it is known
	}
}
