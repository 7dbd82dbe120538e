package sim

import (
	"errors"
	"fmt"
	"time"
)

// The defaults of Options.
const (
	DefaultTokenLifetime = 24 * time.Hour // API Reference, "Obtaining a User Token"
	DefaultLockAfter     = 5
)

// Options says what a Sim is like. The zero value is a service that knows every
// well-formed ID, asks for no credential, never throttles and has no faults.
type Options struct {
	// Seed decides every choice that is made by chance: which IDs are absent
	// and which ones a fault hits. The same seed makes the same choices.
	Seed uint64

	// OnlyAdded makes the tasks that were added the only ones. Otherwise every
	// well-formed ID exists until it is deleted.
	OnlyAdded bool
	// Absent is the share, from 0 to 1, of IDs that never existed. It does not
	// apply to tasks that were added.
	Absent float64
	// AbsentAnswer is what an absent ID is answered; the zero value is Absent404.
	AbsentAnswer AbsentAnswer

	// Running is the share, from 0 to 1, of IDs that are running until they are
	// stopped, see Task.Running. It does not apply to tasks that were added.
	Running float64

	// RequireAuth makes the gateway ask for a token or a signature.
	RequireAuth bool
	// Domain, User and Password are what a login must say, and Project the name
	// of the regional project it must be scoped to. An empty one accepts any.
	Domain, User, Password, Project string
	// ProjectID is the regional project's ID: a login may be scoped to it, and
	// a signed request's X-Project-Id must be it. Empty accepts any.
	ProjectID string
	// CheckProject is the CodeArts project whose tasks are listed. Empty
	// accepts any.
	CheckProject string
	// AccessKey and SecretKey sign requests; with no AccessKey every signature
	// is refused. SecurityToken, when set, must come along (temporary keys).
	AccessKey, SecretKey, SecurityToken string

	// TokenProject, TokenUser and TokenDomain are what the tokens given out say that
	// they are for; an empty one says what was asked for, as IAM does.
	TokenProject, TokenUser, TokenDomain string
	// TokenLifetime is how long a token is valid; 0 is DefaultTokenLifetime.
	TokenLifetime time.Duration
	// LockAfter is how many wrong passwords in a row lock the user; 0 is
	// DefaultLockAfter, a negative number never locks.
	LockAfter int
	// Skew is how far the service's clock is ahead of this machine's. Tokens
	// and the dates of signatures are dated by the service's clock.
	Skew time.Duration

	// FirstPage is the number of the task list's first page, 0 or 1. With 1 the
	// page 0 is the first one too. The documentation says both.
	FirstPage int
	// Latency is how long an answer takes after its effect.
	Latency Latency
	// Throttle is the gateway's limit; the zero value has none.
	Throttle Throttle
	// Faults are what goes wrong, from the start. See SetFaults.
	Faults []Fault
}

// AbsentAnswer is how a task that does not exist is answered. What the real
// service does is not published, so that a client has to stand all of them.
type AbsentAnswer string

// The answers to an absent ID.
const (
	Absent404   AbsentAnswer = "404"       // 404 and the code CodeAbsent; the default
	AbsentNull  AbsentAnswer = "200-null"  // 200 null, as if it had been there
	AbsentCoded AbsentAnswer = "200-coded" // 200 and the code CodeAbsent
)

// Latency is a span of time from which each wait is drawn evenly. A Max below
// Min makes every wait last Min; the zero value does not wait.
type Latency struct{ Min, Max time.Duration }

// Throttle is a gateway policy: at most Limit calls in each Window.
type Throttle struct {
	// Limit is how many calls a window admits; 0 or less admits all.
	Limit int
	// Window is its length in whole seconds; 0 is one minute. A window begins
	// with the first call after the end of the one before.
	Window time.Duration
	// RetryAfter adds the header of that name to each 429, in seconds. Whether
	// the real gateway sends it is not published.
	RetryAfter bool
}

// withDefaults returns o with its zero values replaced.
func (o Options) withDefaults() Options {
	if o.AbsentAnswer == "" {
		o.AbsentAnswer = Absent404
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = DefaultTokenLifetime
	}
	if o.LockAfter == 0 {
		o.LockAfter = DefaultLockAfter
	}
	return o
}

// validate reports all that is wrong with o, after its defaults.
func (o Options) validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(!isShare(o.Absent), "absent share %v is not between 0 and 1", o.Absent)
	refuse(!isShare(o.Running), "running share %v is not between 0 and 1", o.Running)
	refuse(o.absent().status == 0, "absent answer %q is unknown; use %s, %s or %s",
		o.AbsentAnswer, Absent404, AbsentNull, AbsentCoded)
	refuse(o.FirstPage != 0 && o.FirstPage != 1, "first page %d is neither 0 nor 1", o.FirstPage)
	refuse(o.TokenLifetime < 0, "token lifetime %s is negative", o.TokenLifetime)
	refuse(o.Latency.Min < 0, "latency %s is negative", o.Latency.Min)
	errs = append(errs, o.Throttle.validate())
	return errors.Join(errs...)
}

// validate refuses a window that the gateway's text could not name.
func (t Throttle) validate() error {
	if t.Window < 0 || t.Window%time.Second != 0 {
		return fmt.Errorf("throttle window %s is not in whole seconds", t.Window)
	}
	return nil
}

// missing is the answer to a look at a task that does not exist, or to its stop:
// an error in the service's own shape, 404 unless AbsentCoded says otherwise. That
// there is one is an assumption; but a success shows the task's status, and null
// shows none.
func (o Options) missing() reply {
	if o.AbsentAnswer == AbsentCoded {
		return coded(200, CodeAbsent, "task does not exist")
	}
	return coded(404, CodeAbsent, "task does not exist")
}

// absent is the answer to an ID that does not exist, or the zero reply when
// the option is unknown. It settles the ID: there is nothing left to delete.
func (o Options) absent() reply {
	rep := reply{}
	switch o.AbsentAnswer {
	case Absent404:
		rep = coded(404, CodeAbsent, "task does not exist")
	case AbsentCoded:
		rep = coded(200, CodeAbsent, "task does not exist")
	case AbsentNull:
		rep = deleted()
	}
	rep.final = true
	return rep
}
