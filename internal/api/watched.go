package api

import (
	"sync"
	"time"
)

// lookEvery is how often a secret is looked at, at most, for having changed.
const lookEvery = time.Second

// watched is a secret that may be replaced while it is in use. It reads the
// source at most once a second instead of asking a file for its time of change:
// a small file costs as little to read, and its content cannot mislead.
type watched struct {
	read Source

	mu         sync.Mutex // guards what follows
	value      Secret
	generation uint64 // counts the contents seen; 0 before the first
	lookedAt   time.Time
}

// newWatched returns a watched secret that has been read once, so that a wrong
// path shows at the start.
func newWatched(read Source) (*watched, error) {
	w := &watched{read: read}
	if _, _, err := w.again(); err != nil {
		return nil, err
	}
	return w, nil
}

// get returns the secret and its generation. A source that cannot be read keeps
// the last content in use: files are missing for a moment while they are
// replaced.
func (w *watched) get() (Secret, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.lookedAt) >= lookEvery {
		_ = w.look()
	}
	return w.value, w.generation
}

// again returns the secret as it is at this moment.
func (w *watched) again() (Secret, uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.look()
	return w.value, w.generation, err
}

// look reads the source and counts a new generation when its content is new.
// The caller holds the lock.
func (w *watched) look() error {
	w.lookedAt = time.Now()
	value, err := w.read()
	if err != nil {
		return err
	}
	if w.generation == 0 || value.Reveal() != w.value.Reveal() {
		w.value = value
		w.generation++
	}
	return nil
}
