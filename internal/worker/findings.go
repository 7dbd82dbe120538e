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

// knowledge is what was known at one moment.
type knowledge struct {
	policy.Learned
	growing bool // calibration was still learning, while the pool was at work
}

// snapshot returns what is known at this moment. An answer is judged, and it is decided
// whether a look must explain it, by the same snapshot: when something is learned between
// the two, each would leave the answer to the other.
func (f *findings) snapshot() knowledge {
	growing := f.learning.Load() // before what is known: it may end in between
	return knowledge{f.know(), growing}
}

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
