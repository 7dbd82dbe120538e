package worker

import (
	"sync"
	"time"

	"cleaner/internal/queue"
)

// effects are the deletions whose effect is still to be seen, and what else the pass
// waits to see.
type effects struct {
	mu      sync.Mutex            // guards what follows
	awaited map[int64]effect      // by the ID's number
	waits   map[string]waitingFor // by what is waited for
}

// effect is a request that the service accepted or confirmed, and whose effect is still
// to be seen.
type effect struct {
	outcome queue.Outcome // of the request, once its effect is seen
	since   time.Time
	looks   int  // made so far
	random  bool // it was chosen at random, and counts for the bound
	bounded bool // the deletion was confirmed: it must show soon
}

// waitingFor counts those who wait for the same.
type waitingFor struct {
	since time.Time
	count int
}

func newEffects() *effects {
	return &effects{awaited: map[int64]effect{}, waits: map[string]waitingFor{}}
}

// expect notes that the effect of a request is to be seen.
func (e *effects) expect(seq int64, a effect) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.awaited[seq] = a
}

// expected returns what is to be seen of an ID, and forgets it.
func (e *effects) expected(seq int64) (effect, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, ok := e.awaited[seq]
	delete(e.awaited, seq)
	return a, ok
}

// any reports whether effects are still to be seen.
func (e *effects) any() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.awaited) > 0
}

// waiting notes that the pass waits to see what words say; the returned function notes
// that it has stopped waiting.
func (e *effects) waiting(words string, now time.Time) (over func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.waits[words]
	if w.count == 0 {
		w.since = now
	}
	w.count++
	e.waits[words] = w
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		w := e.waits[words]
		if w.count--; w.count == 0 {
			delete(e.waits, words)
			return
		}
		e.waits[words] = w
	}
}

// waitsFor says what the pass has waited longest to see, and since when; empty when it
// waits for nothing.
func (e *effects) waitsFor() (words string, since time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for text, w := range e.waits {
		if since.IsZero() || w.since.Before(since) {
			words, since = text, w.since
		}
	}
	for _, a := range e.awaited {
		if since.IsZero() || a.since.Before(since) {
			words, since = "deletions that the service accepted to be seen", a.since
		}
	}
	return words, since
}
