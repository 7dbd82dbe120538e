package worker

import (
	"sync"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// shares counts how the settled IDs ended, and stops a pass of which too much goes
// wrong. It shares one policy.Shares among all workers.
type shares struct {
	mu      sync.Mutex // guards what follows
	counts  policy.Shares
	sampled map[int64]bool // by number, leased IDs that came from across the list
}

func newShares(o Options) *shares {
	return &shares{counts: o.Shares, sampled: map[int64]bool{}}
}

// sampling reports whether the next IDs must come from across the list.
func (s *shares) sampling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.Sampling()
}

// sample notes that ds came from across the list.
func (s *shares) sample(ds []queue.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range ds {
		s.sampled[d.Seq] = true
	}
}

// returned notes that IDs are in the ledger again.
func (s *shares) returned(outcomes []queue.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range outcomes {
		delete(s.sampled, o.Delivery.Seq)
	}
}

// exhausted notes that no fresh ID is left to sample, and how many IDs are pending.
func (s *shares) exhausted(pending int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Undrawable(pending)
}

// note takes into account how an ID ended. It returns the stop that this leads to;
// nil for none.
func (s *shares) note(end policy.EndOf) *Stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	end.Drawn = s.sampled[end.Seq]
	return stopOver(s.counts.Note(end))
}

// noteLook takes into account what a look at a random ID before its DELETE has shown.
// It returns the stop that this leads to; nil for none.
func (s *shares) noteLook(batch string, absent bool) *Stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stopOver(s.counts.NoteLook(batch, absent))
}

// last is the stop of a pass that has nothing left to do, when too much of it went
// wrong; nil for none.
func (s *shares) last() *Stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stopOver(s.counts.Last())
}

// stopOver is the stop that a share over its limit leads to; nil for none.
func stopOver(over policy.Excess) *Stop {
	var s *Stop
	switch {
	case over.Failed:
		s = &Stop{Kind: StopFailedShare, Why: over.Why}
	case over.NotFound:
		s = &Stop{Kind: StopNotFoundShare, Why: over.Why}
	default:
		return nil
	}
	if over.Blamed != nil {
		s.Hold = &Hold{Blamed: over.Blamed}
	}
	return s
}
