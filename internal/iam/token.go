package iam

import (
	"sync/atomic"
	"time"
)

// token is one token that IAM gave. Its methods may be called on nil, which is a
// token that nobody has.
type token struct {
	header     []string // the value of X-Auth-Token, shared by all requests
	generation uint64   // counts the tokens had, from 1
	since      time.Time
	life       time.Duration
	rejected   atomic.Bool            // by the service, and not for its youth
	worked     atomic.Bool            // the service has accepted a request with it
	resting    atomic.Pointer[moment] // until then the one before it is used; nil for no such time
}

// moment is a point in time that can be put in place at once.
type moment struct{ time.Time }

// isUsable reports whether requests may carry the token. It stops being usable a
// little before its end (a minute, or a twentieth of a short life), so that none
// arrives with it afterwards.
func (t *token) isUsable(now time.Time) bool {
	return t != nil && !t.rejected.Load() && t.left(now) > min(time.Minute, t.life/20)
}

// isOld reports whether it is time to get the next token, while this one serves.
func (t *token) isOld(now time.Time) bool { return t.left(now) < t.life/5 }

// isYoung reports whether the service may not have heard of the token yet.
func (t *token) isYoung(now time.Time) bool { return now.Sub(t.since) < youth }

// rest has the token before this one used until then, as long as there is one.
func (t *token) rest(until time.Time) { t.resting.Store(&moment{until}) }

func (t *token) rests(now time.Time) bool {
	if t == nil {
		return false
	}
	m := t.resting.Load()
	return m != nil && now.Before(m.Time)
}

// left is how much of its life is left. It is measured on the monotonic clock
// from before the login, so it errs on the short side.
func (t *token) left(now time.Time) time.Duration { return t.life - now.Sub(t.since) }

// number returns the generation, 0 for nil.
func (t *token) number() uint64 {
	if t == nil {
		return 0
	}
	return t.generation
}
