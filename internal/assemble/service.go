package assemble

import (
	"time"

	"go.uber.org/zap"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/iam"
	"cleaner/internal/pass"
	"cleaner/internal/signin"
)

// service is the far side as a pass sees it.
type service struct {
	*api.Service
	login  *signin.Login
	before int64 // logins before this pass
}

// ReadOnlyService makes a service with a login of its own. It can look at tasks and
// do nothing to them.
func (p *Process) ReadOnlyService(cfg *config.Config) (pass.Service, error) {
	return p.newService(cfg, true)
}

func (p *Process) newService(cfg *config.Config, readOnly bool) (*service, error) {
	l, err := signin.New(cfg, p.signinOptions(cfg, zap.NewNop()))
	if err != nil {
		return nil, &UsageError{err}
	}
	return p.serviceFor(cfg, l, readOnly)
}

// signinOptions are what a login of this process needs beside the configuration.
func (p *Process) signinOptions(cfg *config.Config, log *zap.Logger) signin.Options {
	return signin.Options{
		Env: p.Env, Refusals: Refusals(cfg), UserAgent: p.userAgent(),
		OnWarning: func(text string) { log.Warn(text) },
	}
}

func (p *Process) userAgent() string { return "cleaner/" + p.Version }

// Refusals are the refused logins that all processes with the same ledger share.
func Refusals(cfg *config.Config) *iam.RefusalFile {
	l := Ledger(cfg)
	return iam.NewRefusalFile(l.Refused(), l.RefusedKey())
}

// serviceFor puts together a client and the login of the process. It contacts
// nobody. A read-only service can look at tasks and do nothing to them.
func (p *Process) serviceFor(cfg *config.Config, l *signin.Login, readOnly bool) (*service, error) {
	endpoint, _, err := cfg.Service.Endpoints()
	if err != nil {
		return nil, &UsageError{err}
	}
	client, err := api.New(api.Options{
		Endpoint:    endpoint,
		Credentials: l.Credentials,
		Workers:     cfg.Limits.Workers,
		Timeouts:    connpool.Timeouts{Request: cfg.Limits.RequestTimeout},
		CAFile:      cfg.Service.CAFile,
		UserAgent:   p.userAgent(),
		ReadOnly:    readOnly,
	})
	if err != nil {
		return nil, &UsageError{err}
	}
	return &service{Service: api.NewService(client), login: l, before: l.Logins()}, nil
}

// WatchLogins has f called after every login from now on, with when the token in use
// ends.
func (s *service) WatchLogins(f func(err error, took time.Duration, expiry time.Time)) {
	s.login.Observe(f)
}

// Logins is how many logins have been sent in this pass.
func (s *service) Logins() int64 { return s.login.Logins() - s.before }
