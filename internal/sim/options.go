package sim

import (
	"errors"
	"fmt"
	"time"

	"cleaner/internal/quota"
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
	// AbsentAnswer is what the DELETE of an absent ID is answered; the zero value
	// is Absent404. AbsentLook is what a look at one, or its stop, is answered; the
	// zero value is AbsentAnswer, or Absent404 if that is AbsentNull.
	AbsentAnswer, AbsentLook AbsentAnswer
	// LooksDenied answers every look with 403 and CC.00050010, whereas DELETE works.
	LooksDenied bool

	// Running is the share, from 0 to 1, of IDs that are running until they are
	// stopped, see Task.Running. It does not apply to tasks that were added.
	Running float64

	// Deletion is how a DELETE is answered and when it takes effect.
	Deletion Deletion
	// Middlebox is what stands between the gateway and the service.
	Middlebox Middlebox

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
	// IAM is how IAM answers logins.
	IAM IAM
	// TokenLifetime is how long a token is valid; 0 is DefaultTokenLifetime.
	TokenLifetime time.Duration
	// LockAfter is how many wrong passwords in a row lock the user; 0 is
	// DefaultLockAfter, a negative number never locks.
	LockAfter int
	// LockKeyAfter is how many wrong signatures in a row lock the access key for
	// five minutes, as the vendor's FAQ on APIG.0301 describes; 0 never locks.
	LockKeyAfter int
	// Skew is how far the service's clock is ahead of this machine's. Tokens, the
	// dates of signatures, the header Date and each time in a Retry-After are by
	// the service's clock.
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

// Latency is a span of time from which each wait is drawn evenly. A Max below
// Min makes every wait last Min; the zero value does not wait.
type Latency struct{ Min, Max time.Duration }

// Throttle is a gateway policy: at most Limit calls in each Window.
type Throttle struct {
	// Limit is how many calls a window admits; 0 admits all.
	Limit int
	// Window is its length in whole seconds; 0 is one minute. A window begins
	// with the first call after the end of the one before.
	Window time.Duration
	// RetryAfter adds the header of that name to each 429, in seconds. Whether
	// the real gateway sends it is not published.
	RetryAfter bool
	// Shapes are the forms in which calls are refused, in turn. Empty is Shape429.
	Shapes []ThrottleShape

	// Limits hold beside Limit, and Script replaces all of them as time goes by.
	Limits []quota.Limit
	Script []quota.Change
	// Rival is how many calls a second somebody else makes.
	Rival float64
	// Hold is how long a refusal takes: a tarpit.
	Hold time.Duration
	// Tell adds to every answer RateLimit-Limit, -Remaining and -Reset.
	Tell bool
}

// now is the time by the service's clock.
func (o *Options) now() time.Time { return time.Now().Add(o.Skew) }

// withDefaults returns o with its zero values replaced.
func (o Options) withDefaults() Options {
	if o.AbsentAnswer == "" {
		o.AbsentAnswer = Absent404
	}
	if o.AbsentLook == "" {
		o.AbsentLook = o.absentLook()
	}
	if o.Deletion.Success == "" {
		o.Deletion.Success = SuccessNull
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
	refuse(o.absent().status == 0 || o.AbsentAnswer == AbsentShown, "absent answer %q is unknown, or not for DELETE; use one of %v",
		o.AbsentAnswer, AbsentAnswers())
	refuse(o.missing().status == 0, "absent look %q is unknown; use one of %v", o.AbsentLook, AbsentAnswers())
	refuse(o.FirstPage != 0 && o.FirstPage != 1, "first page %d is neither 0 nor 1", o.FirstPage)
	refuse(o.TokenLifetime < 0, "token lifetime %s is negative", o.TokenLifetime)
	refuse(o.Latency.Min < 0, "latency %s is negative", o.Latency.Min)
	errs = append(errs, o.Throttle.validate(), o.Deletion.validate(), o.Middlebox.validate(), o.IAM.validate())
	return errors.Join(errs...)
}
