package iam

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/answer"
)

const (
	// lookEvery is how often a file is looked at, at most, for having changed.
	lookEvery = time.Second
	// refusedPause is the time to wait before a file is worth another look.
	refusedPause = 2 * time.Second
	// refusedQuiet is how long nobody may have asked for a refused credential for it
	// to be tried once more: that is another pass.
	refusedQuiet = time.Minute
	// longestRest bounds the wait before a new credential that was rejected is tried
	// again, while the one before it serves.
	longestRest = 5 * time.Minute
	// Patience is the default of how long a credential that has worked, and is then
	// refused, is waited for.
	Patience = 15 * time.Minute
)

// version is one content of the files.
type version struct {
	bundle
	header     []string // the value of X-Auth-Token, shared by all requests
	generation uint64   // counts the contents seen, from 1
	seen       time.Time
	worked     bool          // the service has accepted a request with it
	refused    time.Time     // since when; zero while it may be used
	answer     answer.Answer // what the service said when it was refused
	rests      time.Time     // until then the one before it is used
	rest       time.Duration
}

// rotation is a credential that is read from files and may be replaced at any time.
// It decides which content requests carry, and what a rejection means:
//
//   - a content that is seconds old is tried again, for the service may not know it;
//   - while the content before it works, that serves, and the new one is tried more
//     and more rarely;
//   - otherwise it is refused, and not sent again before the files have changed. If
//     it had worked there is a wait for that, as long as the patience is.
//
// It reads the files at most once a second instead of asking for their time of
// change: a small file costs as little to read, and its content cannot mislead.
type rotation struct {
	op       string // the operation that errors name
	hint     string // what a person has to do when there is nothing new
	patience time.Duration
	read     bundleSource

	proven atomic.Uint64 // the newest generation that has worked

	mu       sync.Mutex // guards what follows
	newest   *version
	former   *version // the last one that worked before the newest; nil when it does no more
	lookedAt time.Time
	asked    time.Time // when a refused content was last asked for
}

// open reads the files once, so that a wrong path shows at the start. A patience of
// 0 is the default, and a negative one none.
func (r *rotation) open() error {
	if r.patience == 0 {
		r.patience = Patience
	}
	return r.look(time.Now())
}

// use returns the content that a request carries now. The error says that there is
// none: it is refused.
func (r *rotation) use(now time.Time) (version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if now.Sub(r.lookedAt) >= lookEvery {
		err = r.look(now) // files are missing for a moment while they are replaced
	}
	n := r.newest
	switch {
	case n.refused.IsZero() && r.former != nil && now.Before(n.rests):
		return *r.former, nil
	case n.refused.IsZero():
		return *n, nil
	case now.Sub(r.asked) >= refusedQuiet:
		n.refused = time.Time{}
		return *n, nil
	default:
		return version{}, r.refusal(err, now)
	}
}

// renew takes note of a rejection. It returns nil when there is another content to
// use.
func (r *rotation) renew(rejected answer.Answer, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.look(now)
	n := r.newest
	switch {
	case r.former != nil && r.former.generation == rejected.Credential:
		r.former, n.rests = nil, time.Time{}
		return nil
	case n.generation != rejected.Credential:
		return nil
	case r.former != nil:
		n.rest = min(max(2*n.rest, youth), longestRest)
		n.rests = now.Add(n.rest)
		return nil
	case n.refused.IsZero() && now.Sub(n.seen) < youth:
		return youngError(r.op, now.Sub(n.seen), rejected)
	}
	if n.refused.IsZero() {
		n.refused = now
	}
	n.answer = rejected
	return r.refusal(err, now)
}

// refusal is the error of the newest content, which is refused; unreadable says that
// the files could not be read just now. The caller holds the lock.
func (r *rotation) refusal(unreadable error, now time.Time) error {
	r.asked = now
	n := r.newest
	e := &answer.Error{Op: r.op, Fault: answer.FaultRefused, Answer: n.answer}
	e.Answer.RetryAfter = 0
	since := now.Sub(n.refused)
	switch {
	case !n.worked && unreadable == nil:
		e.Err = errors.New(r.hint)
	case since >= r.patience:
		e.Err = fmt.Errorf("nothing new came in %v (auth.patience): %s", r.patience, r.hint)
	default:
		e.Fault, e.Answer.RetryAfter = answer.FaultLogin, refusedPause
		e.Err = fmt.Errorf("waiting until %s for another one: %s", n.refused.Add(r.patience).UTC().Format(time.RFC3339), r.hint)
	}
	if unreadable != nil {
		e.Err = fmt.Errorf("%w: %w", e.Err, unreadable)
	}
	return e
}

// Accepted notes that the service has accepted a request with this generation. It is
// called for every such answer, and costs next to nothing.
func (r *rotation) Accepted(generation uint64) {
	if r.proven.Load() >= generation {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newest.generation == generation {
		r.newest.worked, r.former = true, nil
	}
	r.proven.Store(max(r.proven.Load(), generation))
}

// look reads the files and counts a new generation when their content is new. The
// caller holds the lock, or is alone.
func (r *rotation) look(now time.Time) error {
	r.lookedAt = now
	b, err := r.read()
	if err != nil {
		return err
	}
	n := r.newest
	if n != nil && n.same(b) {
		return nil
	}
	r.newest = &version{bundle: b, header: []string{b.token.Reveal()}, generation: 1, seen: now}
	if n == nil {
		return nil
	}
	r.newest.generation = n.generation + 1
	if n.worked && n.refused.IsZero() {
		r.former = n
	}
	if r.former != nil && r.former.same(b) { // the file went back to it
		r.newest.worked, r.former = true, nil
	}
	return nil
}
