package api

import (
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"golang.org/x/time/rate"
)

const (
	// The wait after a login that failed for now begins at about firstWait and
	// grows to about longestWait. IAM may ask for more, up to longestAsked.
	firstWait, longestWait, longestAsked = time.Second, 5 * time.Minute, time.Hour
	// loginBurst logins may follow each other at once; after that there is one
	// every loginEvery, whatever the reason.
	loginBurst, loginEvery = 20, 3 * time.Minute
	// maxRefused is how many refused passwords are remembered, the last ones.
	maxRefused = 16
)

// opLogin is the operation that errors of a login name.
const opLogin = "log in to IAM"

// What a person is told of a login that brought no token.
var (
	errPassword = errors.New("correct the account, the user or the password: " +
		"no login is sent before the password has changed, lest IAM lock the user")
	errNoToken = errors.New("no token: it is tried again later")
	errTooMany = errors.New("too many logins of late: look for what rejects the tokens")
)

// gate decides whether a login may be sent. IAM locks users after a few wrong
// passwords, so a refused password is never sent twice; and IAM throttles, so
// failures wait, and even successes are bounded: a service that rejects each new
// token must not cause a storm. Make one with newGate.
type gate struct {
	mu      sync.Mutex // guards what follows
	backoff *backoff.ExponentialBackOff
	budget  *rate.Limiter
	opens   time.Time // until then last is the answer
	last    *Error    // what kept the last login from a token; nil when it got one
	refused []refusal // the oldest first, at most maxRefused
}

// refusal is how a password was refused. The password is kept as a hash.
type refusal struct {
	hash [sha256.Size]byte
	err  *Error
}

// newGate returns an open gate.
func newGate() *gate {
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstWait),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(longestWait),
		backoff.WithMaxElapsedTime(0),
	)
	return &gate{backoff: b, budget: rate.NewLimiter(rate.Every(loginEvery), loginBurst)}
}

// check returns why no login may be tried at this time, nil when one may.
func (g *gate) check(now time.Time) *Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last == nil || !now.Before(g.opens) {
		return nil
	}
	return g.last.waiting(g.opens.Sub(now))
}

// admit returns why this password may not be sent, nil when it may be, once.
func (g *gate) admit(password Secret, now time.Time) *Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	hash := hashOf(password)
	if i := slices.IndexFunc(g.refused, func(r refusal) bool { return r.hash == hash }); i >= 0 {
		return g.closeFor(lookEvery, g.refused[i].err, now) // then the password is looked at again
	}
	r := g.budget.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return g.closeFor(wait, &Error{Op: opLogin, Fault: FaultLogin, Err: errTooMany}, now)
}

// record takes note of how a login with this password ended, and returns err
// with the wait that follows from it. A refusal is not forgotten when another
// password brings a token: a file that goes back to the old one must not have it
// sent again.
func (g *gate) record(password Secret, err *Error, now time.Time) *Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.backoff.Reset()
		g.last = nil
		return nil
	case err.Fault == FaultRefused:
		g.refused = append(g.refused, refusal{hashOf(password), err})
		g.refused = g.refused[max(len(g.refused)-maxRefused, 0):]
		return g.closeFor(lookEvery, err, now)
	default:
		asked := min(err.Answer.RetryAfter, longestAsked)
		return g.closeFor(max(g.backoff.NextBackOff(), asked), err, now)
	}
}

// closeFor closes the gate for a while because of err, and returns err with the
// wait in it. The caller holds the lock.
func (g *gate) closeFor(wait time.Duration, err *Error, now time.Time) *Error {
	g.last, g.opens = err, now.Add(wait)
	return err.waiting(wait)
}

// waiting returns a copy of e that says how long to wait. A refusal has no end
// that could be waited for.
func (e *Error) waiting(wait time.Duration) *Error {
	if e.Fault == FaultRefused {
		return e
	}
	later := *e
	later.Answer.RetryAfter = wait
	return &later
}

// hashOf lets passwords be compared without keeping them.
func hashOf(s Secret) [sha256.Size]byte { return sha256.Sum256([]byte(s.Reveal())) }
