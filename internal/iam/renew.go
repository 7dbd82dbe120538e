package iam

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/answer"
)

const (
	// youth is how long after it came a credential may be rejected merely because
	// the service has not heard of it yet: then it is tried again, every youngPause,
	// and no other is fetched.
	youth, youngPause = 5 * time.Second, time.Second
	// mostUnproven tokens may be fetched one after the other while the service takes
	// none of them; after that there is one every longestWait.
	mostUnproven = 2
)

// errTokens is what a person reads when no token is any good.
var errTokens = errors.New("the service rejects every token that IAM gives: check the project, the region and the endpoints")

// Renew gets a token newer than the rejected one, unless there is one, or the one
// before it can still be used. A token that is seconds old is not renewed: the
// error is then FaultLogin with the time until it is worth trying it again. Two
// tokens in a row of which the service takes neither are FaultRefused, for a few
// minutes. A rejected token is used no more, even if no other can be had.
func (p *Password) Renew(ctx context.Context, rejected answer.Answer) error {
	if instead, err := p.reject(rejected, time.Now()); instead || err != nil {
		return err
	}
	_, err := p.newer(ctx, rejected.Credential)
	if e, ok := errors.AsType[*answer.Error](err); ok && e.Fault != answer.FaultStopped && rejected.Status != 0 {
		later := *e
		later.Op += " after the service answered " + rejected.Summary()
		return &later
	}
	return err
}

// reject takes note of a rejection. It reports whether there is a token that serves
// instead, whatever its number; the error says why no login follows.
func (p *Password) reject(rejected answer.Answer, now time.Time) (instead bool, err error) {
	t, former := p.current.Load(), p.former.Load()
	switch {
	case t == nil:
		return false, nil
	case former != nil && former.generation == rejected.Credential:
		former.rejected.Store(true)
		return false, nil // the newest is another
	case t.generation != rejected.Credential:
		return false, nil
	case t.isYoung(now) && former.isUsable(now):
		t.rest(now.Add(youth))
		return true, nil
	case t.isYoung(now):
		return false, youngError("use token of IAM", now.Sub(t.since), rejected)
	}
	t.rejected.Store(true)
	if !t.worked.Load() && p.unproven.Load() >= mostUnproven {
		return false, p.gate.shut(longestWait, &answer.Error{Op: "use token of IAM", Fault: answer.FaultRefused, Answer: rejected, Err: errTokens}, now)
	}
	return false, nil
}

// youngError says that a credential is to be tried again.
func youngError(op string, age time.Duration, rejected answer.Answer) *answer.Error {
	rejected.RetryAfter = youngPause
	return &answer.Error{Op: op, Fault: answer.FaultLogin, Answer: rejected, Err: fmt.Errorf(
		"it came %v ago, and the service may not know it yet: it is tried again until %v have passed",
		age.Round(time.Second/10), youth)}
}

// Accepted notes that the service has accepted a request with this generation. It is
// called for every such answer, and costs next to nothing.
func (p *Password) Accepted(generation uint64) {
	t := p.current.Load()
	if t.number() == generation && t != nil && !t.worked.Swap(true) {
		p.unproven.Store(0)
	}
}
