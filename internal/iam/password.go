package iam

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// PasswordOptions say who logs in and where. Server, Domain, User and Password must be
// set, and Project or ProjectID.
type PasswordOptions struct {
	// Server is where to log in.
	Server Server
	// Domain is the account's name, User the IAM user's.
	Domain, User string
	// Project is the name of the account's project that the token is for: a region's
	// ID, such as cn-north-4, names its default project. ProjectID is its ID, and
	// takes the name's place when it is set.
	Project, ProjectID string
	// Password is where the password is kept. It is read anew for each login.
	Password secret.Source
	// Patience is how long a password is waited for that has worked and is refused;
	// 0 is the default, see Patience, and a negative one none.
	Patience time.Duration
	// Refusals remember refused logins; nil remembers them in this process alone.
	Refusals Refusals
	// OnLogin is called after each login that was sent, with how it ended and how long
	// it took; nil is not called.
	OnLogin func(err error, took time.Duration)
	// OnWarning is called, once for each text, with what is strange about IAM's answers
	// and keeps nobody from using them; nil is not called.
	OnWarning func(text string)
}

// Password is an IAM user that logs in for a token (IAM API Reference, Obtaining
// a Token by Password). Make one with NewPassword; it is made to live as long as the
// process.
//
// There is at most one login at a time, and all who need its token wait for it
// together. The next token is fetched when less than a fifth of the life of the
// current one is left, in the background of a request that still uses that, and
// takes its place a few seconds later, when the service has had time to learn of
// it. A password that IAM refused is not sent again, see Refusals; after other
// failures there is a growing wait.
type Password struct {
	client   loginClient
	read     secret.Source
	gate     *gate
	logins   atomic.Int64
	flight   singleflight.Group
	current  atomic.Pointer[token] // the newest; written by the login under way alone
	former   atomic.Pointer[token] // the one before it; so too
	unproven atomic.Int64          // tokens had since one has worked
	onLogin  func(err error, took time.Duration)
}

// NewPassword returns credentials by password. It reads the password once, so
// that a wrong path shows at the start, and contacts nobody.
func NewPassword(o PasswordOptions) (*Password, error) {
	if o.Domain == "" || o.User == "" || o.Project == "" && o.ProjectID == "" || o.Password == nil {
		return nil, errors.New("make login: account, user, project and password must all be set")
	}
	if _, err := o.Password(); err != nil {
		return nil, err
	}
	url, pool, err := o.Server.connect()
	if err != nil {
		return nil, err
	}
	if o.Refusals == nil {
		o.Refusals = new(MemoryRefusals)
	}
	op := opLogin + " at " + url.Host
	return &Password{
		client: loginClient{
			op: op, url: url, pool: pool, userAgent: o.Server.userAgent(),
			domain: o.Domain, user: o.User, project: o.Project, projectID: o.ProjectID,
			warner: warner{report: o.OnWarning},
		},
		read: o.Password,
		gate: newGate(op, o.Refusals, o.Patience),

		onLogin: o.OnLogin,
	}, nil
}

// Authorize puts a token on req. Only the first request, and those after a token
// has ended with none to follow, wait for a login.
func (p *Password) Authorize(ctx context.Context, req *http.Request) (uint64, error) {
	token, generation, err := p.Token(ctx, true)
	if err == nil {
		req.Header[headerToken] = token
	}
	return generation, err
}

// Token returns the token as the value of X-Auth-Token, not to be written to, and its
// generation. Without wait it returns the token that there is, however old, and an
// error with FaultLogin when there never was one; otherwise it does as Authorize.
func (p *Password) Token(ctx context.Context, wait bool) ([]string, uint64, error) {
	now := time.Now()
	t := p.inUse(now)
	switch {
	case !wait && t == nil:
		return nil, 0, &answer.Error{Op: "take a token", Fault: answer.FaultLogin, Err: errNotReady}
	case !wait:
	case !t.isUsable(now):
		newest := p.current.Load().number()
		if _, err := p.newer(ctx, newest); err != nil {
			return nil, 0, err
		}
		t = p.inUse(time.Now())
	case t.isOld(now) && p.current.Load() == t:
		p.renewAhead(ctx, t, now)
	}
	return t.header, t.generation, nil
}

// Ready returns when there is a token to send requests with. It may wait for a login,
// as Authorize does, and the error is the same. While there is a token already it
// costs next to nothing.
func (p *Password) Ready(ctx context.Context) error {
	_, _, err := p.Token(ctx, true)
	return err
}

// errNotReady is why a request that changes something was not sent.
var errNotReady = errors.New("there is no token yet: call Ready first")

// inUse is the token that requests carry now, nil for none: the newest, unless that
// rests and the one before it can still be used.
func (p *Password) inUse(now time.Time) *token {
	t := p.current.Load()
	if t.rests(now) {
		if f := p.former.Load(); f.isUsable(now) {
			return f
		}
	}
	return t
}

// Logins returns how many logins have been sent.
func (p *Password) Logins() int64 { return p.logins.Load() }

// CloseIdleConnections closes the connection to IAM, if no login is using it.
func (p *Password) CloseIdleConnections() { p.client.pool.CloseIdleConnections() }

// Expiry returns when the newest token ends, by this machine's clock; zero when
// there is none.
func (p *Password) Expiry() time.Time {
	t := p.current.Load()
	if t == nil || t.rejected.Load() {
		return time.Time{}
	}
	return t.since.Add(t.life).Round(0)
}
