package iam

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"golang.org/x/time/rate"

	"cleaner/internal/answer"
)

const (
	// The wait after a login that failed for now begins at about firstWait and
	// grows to about longestWait. IAM may ask for more, up to longestAsked.
	firstWait, longestWait, longestAsked = time.Second, 5 * time.Minute, time.Hour
	// loginBurst logins may follow each other at once; after that there is one
	// every loginEvery, whatever the reason.
	loginBurst, loginEvery = 20, 3 * time.Minute
)

// opLogin is the operation that errors of a login name.
const opLogin = "log in to IAM"

// What a person reads of a login that brought no token.
var (
	errPassword = errors.New("correct the account, the user, the project or the password: no login is sent before one of them has changed, " +
		"lest IAM lock the user; when it was mended or unlocked at IAM, run cleaner release --credential")
	errRefused = errors.New("correct the account, the user, the project, the IAM endpoint, or what IAM lets the user do")
	errNoToken = errors.New("no token: it is tried again later")
	errTooMany = errors.New("too many logins of late: look for what rejects the tokens")
)

// gate decides whether a login may be sent. IAM locks users after a few wrong
// passwords, so a refused password is never sent twice; and IAM throttles, so
// failures wait, and even successes are bounded: a service that rejects each new
// token must not cause a storm. Make one with newGate.
//
// A login that had worked and is refused waits for another secret, as long as the
// patience is; one that never worked is refused at once.
type gate struct {
	op       string // the operation that errors name
	refusals Refusals
	patience time.Duration

	mu      sync.Mutex // guards what follows
	backoff *backoff.ExponentialBackOff
	budget  *rate.Limiter
	opens   time.Time         // until then last is the answer
	last    *answer.Error     // what kept the last login from a token; nil when it got one
	worked  [sha256.Size]byte // of the login that worked last
	since   time.Time         // when that was refused; zero while it is not
}

// newGate returns an open gate. A patience of 0 is the default, and a negative one
// none.
func newGate(op string, refusals Refusals, patience time.Duration) *gate {
	if patience == 0 {
		patience = Patience
	}
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstWait),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(longestWait),
		backoff.WithMaxElapsedTime(0),
	)
	return &gate{op: op, refusals: refusals, patience: patience, backoff: b, budget: rate.NewLimiter(rate.Every(loginEvery), loginBurst)}
}

// check returns why no login may be tried at this time, nil when one may.
func (g *gate) check(now time.Time) *answer.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last == nil || !now.Before(g.opens) {
		return nil
	}
	return waiting(g.last, g.opens.Sub(now))
}

// admit returns why this login may not be sent, nil when it may be, once. One that
// was refused is looked at again a second later: its secret may have changed, or the
// refusal been forgotten.
func (g *gate) admit(l Login, now time.Time) *answer.Error {
	refused, known, err := g.refusals.Refused(l)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err != nil:
		return g.closeFor(lookEvery, &answer.Error{Op: g.op, Fault: answer.FaultRefused, Err: fmt.Errorf("nothing is sent: %w", err)}, now)
	case known:
		return g.refuse(l, &answer.Error{Op: g.op, Fault: answer.FaultRefused, Answer: refused.Answer, Err: fmt.Errorf(
			"so IAM said at %s, and nothing was sent since: %w", refused.At.UTC().Format(time.RFC3339), errPassword)}, now)
	}
	r := g.budget.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return g.closeFor(wait, &answer.Error{Op: g.op, Fault: answer.FaultLogin, Err: errTooMany}, now)
}

// record takes note of how a login failed, and returns err with the wait that
// follows from it. A refusal is not forgotten when another secret brings a token: a
// file that goes back to the old one must not have it sent again.
func (g *gate) record(l Login, err *answer.Error, now time.Time) *answer.Error {
	if !blamesSecret(err) {
		return g.close(err, now)
	}
	if failed := g.refusals.Refuse(l, Refusal{At: now, Answer: err.Answer}); failed != nil {
		err.Err = fmt.Errorf("%w; %w", err.Err, failed)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refuse(l, err, now)
}

// refuse closes the gate until the secret is looked at again. The caller holds the
// lock.
func (g *gate) refuse(l Login, err *answer.Error, now time.Time) *answer.Error {
	if g.worked != l.hash() {
		return g.closeFor(lookEvery, err, now)
	}
	if g.since.IsZero() {
		g.since = now
	}
	known := *err
	if now.Sub(g.since) < g.patience {
		known.Fault = answer.FaultLogin
		known.Err = fmt.Errorf("waiting until %s for the password to change: %w", g.since.Add(g.patience).UTC().Format(time.RFC3339), err.Err)
	} else {
		known.Err = fmt.Errorf("the password has not changed in %v (auth.patience): %w", g.patience, err.Err)
	}
	return g.closeFor(lookEvery, &known, now)
}

// close closes the gate for as long as the failures so far, and IAM, ask for.
func (g *gate) close(err *answer.Error, now time.Time) *answer.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closeFor(max(g.backoff.NextBackOff(), min(err.Answer.RetryAfter, longestAsked)), err, now)
}

// shut closes the gate for so long.
func (g *gate) shut(wait time.Duration, err *answer.Error, now time.Time) *answer.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closeFor(wait, err, now)
}

// open opens the gate: this login has worked.
func (g *gate) open(l Login) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.backoff.Reset()
	g.last, g.worked, g.since = nil, l.hash(), time.Time{}
}

// closeFor closes the gate for a while because of err, and returns err with the
// wait in it. The caller holds the lock.
func (g *gate) closeFor(wait time.Duration, err *answer.Error, now time.Time) *answer.Error {
	g.last, g.opens = err, now.Add(wait)
	return waiting(err, wait)
}

// waiting returns a copy of e that says how long to wait. What a person has to mend
// has no end that could be waited for.
func waiting(e *answer.Error, wait time.Duration) *answer.Error {
	if e.Fault != answer.FaultLogin {
		return e
	}
	later := *e
	later.Answer.RetryAfter = wait
	return &later
}
