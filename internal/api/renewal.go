package api

import (
	"errors"
	"sync"
	"time"
)

const (
	// renewalGrace is how long a rejected credential may stay in its file before
	// the run has to end: whatever renews it may be a little late, and a single
	// rejection may be the service's mistake.
	renewalGrace = 10 * time.Second
	// renewalPause is the time to wait before the file is worth another look.
	renewalPause = 2 * time.Second
	// renewalQuiet is how long no rejection may have come for the next one to be
	// a first one again: the credential has served in between.
	renewalQuiet = time.Minute
)

// renewal decides what Renew returns for credentials that are read and not
// fetched. It counts time on the monotonic clock, from the first rejection of
// each generation. The zero value of all but op and hint is ready.
type renewal struct {
	op   string // the operation that errors name
	hint string // what a person has to do when there is nothing new

	mu         sync.Mutex // guards what follows
	generation uint64     // the one rejected last; 0 before the first rejection
	first      time.Time  // when it was first rejected
	last       time.Time  // when it was last rejected
}

// outcome is what Renew returns after the rejected generation: now is the one
// that the source holds at this moment, err why it could not be read.
func (r *renewal) outcome(rejected, now uint64, err error) error {
	if now > rejected {
		return nil
	}
	since := r.since(rejected, time.Now())
	switch {
	case err == nil && since >= renewalGrace:
		return &Error{Op: r.op, Fault: FaultRefused, Err: errors.New(r.hint)}
	case err == nil:
		err = errors.New(r.hint)
	}
	return &Error{Op: r.op, Fault: FaultLogin, Answer: Answer{RetryAfter: renewalPause}, Err: err}
}

// since takes note of a rejection and returns how long ago the first one of the
// same generation was.
func (r *renewal) since(rejected uint64, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.generation != rejected || now.Sub(r.last) >= renewalQuiet {
		r.generation, r.first = rejected, now
	}
	r.last = now
	return now.Sub(r.first)
}
