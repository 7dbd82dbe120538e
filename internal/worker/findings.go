package worker

import (
	"sync"
	"sync/atomic"

	"cleaner/internal/policy"
)

// findings are what is known of the endpoint, and how far the deletions of the pass
// are verified.
type findings struct {
	learned  atomic.Pointer[policy.Learned]
	learning atomic.Bool // calibration still learns, while the pool is at work

	mu    sync.Mutex // guards state
	state Verification
}

func newFindings(known policy.Learned) *findings {
	f := &findings{state: Verification{Learned: known}}
	f.learned.Store(&known)
	return f
}

// know returns what was learned so far.
func (f *findings) know() policy.Learned { return *f.learned.Load() }

// learn replaces what was learned.
func (f *findings) learn(l policy.Learned) {
	f.learned.Store(&l)
	f.note(func(v *Verification) { v.Learned = l })
}

// note changes what is reported of the pass.
func (f *findings) note(change func(*Verification)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.state)
}

// verification is what is reported of the pass so far.
func (f *findings) verification() Verification {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}
