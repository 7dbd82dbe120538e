package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// PasswordOptions say who logs in and where. The zero value of the fields from
// CAFile on stands for their defaults; all others must be set.
type PasswordOptions struct {
	// Endpoint is scheme and host of IAM, see Endpoints.
	Endpoint string
	// Domain is the account's name, User the IAM user's.
	Domain, User string
	// Project is the name of the project the token is for: a region's ID, such as
	// cn-north-4, names its default project.
	Project string
	// Password is where the password is kept. It is read anew for each login.
	Password Source
	// CAFile, ConnectTimeout, RequestTimeout, UserAgent and Transport are as in
	// Options.
	CAFile         string
	ConnectTimeout time.Duration
	RequestTimeout time.Duration
	UserAgent      string
	Transport      http.RoundTripper
	// OnLogin is told of each login that was sent, how it ended and how long it
	// took; nil is nobody to tell.
	OnLogin func(err error, took time.Duration)
}

// Password is an IAM user that logs in for a token (IAM API Reference, Obtaining
// a Token by Password). Make one with NewPassword.
//
// There is at most one login at a time, and all who need its token wait for it
// together. The next token is fetched when less than a fifth of the life of the
// current one is left, in the background of a request that still uses that. A
// password that IAM refused is not sent again before it has changed; after other
// failures there is a growing wait.
type Password struct {
	iam     iam
	read    Source
	gate    *gate
	logins  atomic.Int64
	flight  singleflight.Group
	current atomic.Pointer[token] // written by the login under way alone
	onLogin func(err error, took time.Duration)
}

// NewPassword returns credentials by password. It reads the password once, so
// that a wrong path shows at the start, and contacts nobody.
func NewPassword(o PasswordOptions) (*Password, error) {
	if o.Domain == "" || o.User == "" || o.Project == "" || o.Password == nil {
		return nil, errors.New("make login: account, user, project and password must all be set")
	}
	if _, err := o.Password(); err != nil {
		return nil, err
	}
	endpoint, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("IAM: %w", err)
	}
	d := Options{ConnectTimeout: o.ConnectTimeout, RequestTimeout: o.RequestTimeout, UserAgent: o.UserAgent}.withDefaults()
	n := network{1, d.ConnectTimeout, o.CAFile, limits{d.HeaderTimeout, d.RequestTimeout}}
	wire, err := newWire(o.Transport, n, endpoint, http.ProxyFromEnvironment)
	if err != nil {
		return nil, err
	}
	wire.maxBody = maxIAMBody
	return &Password{
		iam:  iam{url: endpoint, wire: wire, userAgent: d.UserAgent, domain: o.Domain, user: o.User, project: o.Project},
		read: o.Password,
		gate: newGate(),

		onLogin: o.OnLogin,
	}, nil
}

// Authorize puts a token on req. Only the first request, and those after a token
// has ended with none to follow, wait for a login.
func (p *Password) Authorize(ctx context.Context, req *http.Request) (uint64, error) {
	token, generation, err := p.bear(ctx)
	if err == nil {
		req.Header[headerToken] = token
	}
	return generation, err
}

// bear implements bearer.
func (p *Password) bear(ctx context.Context) ([]string, uint64, error) {
	t, now := p.current.Load(), time.Now()
	switch {
	case !t.isUsable(now):
		var err error
		if t, err = p.newer(ctx, t.number()); err != nil {
			return nil, 0, err
		}
	case t.isOld(now):
		p.renewAhead(ctx, t, now)
	}
	return t.header, t.generation, nil
}

// held implements holder.
func (p *Password) held() ([]string, uint64, bool) {
	t := p.current.Load()
	if t == nil {
		return nil, 0, false
	}
	return t.header, t.generation, true
}

// Renew gets a token newer than the given generation, unless there is one. A
// token that the service has rejected is used no more, even if no other can be
// had.
func (p *Password) Renew(ctx context.Context, generation uint64) error {
	if t := p.current.Load(); t.number() == generation && t != nil {
		t.rejected.Store(true)
	}
	_, err := p.newer(ctx, generation)
	return err
}

// Logins returns how many logins have been sent.
func (p *Password) Logins() int64 { return p.logins.Load() }

// CloseIdleConnections closes the connection to IAM, if no login is using it.
func (p *Password) CloseIdleConnections() { p.iam.wire.lines.close() }

// Expiry returns when the token in use ends, by this machine's clock; zero when
// there is none.
func (p *Password) Expiry() time.Time {
	t := p.current.Load()
	if t == nil || t.rejected.Load() {
		return time.Time{}
	}
	return t.since.Add(t.life).Round(0)
}
