// Package assemble makes of a configuration what commands work with: the spec and the
// deps of a pass, the service with its login, the ledger, the outputs. Its rules check
// a configuration against all that is made of it. It makes no pass.
package assemble

import (
	"context"
	"io"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/config"
	"cleaner/internal/ledger"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/signin"
	"cleaner/internal/worker"
)

// Process is what parts are made with besides the configuration. It keeps the login
// from one pass to the next, and must not be copied after its first use.
type Process struct {
	Env        func(string) string
	Stdin      io.Reader
	ConfigPath string
	Version    string
	// Panicked is called first when something has panicked, see pass.Deps; nil does
	// nothing.
	Panicked func()
	// Adjust changes what the worker is made of, for tests; nil leaves it.
	Adjust func(*worker.Options)
	// Far makes the far side of a pass, for tests; nil makes the configured one.
	Far func(*config.Config) (pass.Service, error)
	// Intake makes what receives messages.
	Intake Intake

	logins signin.Keeper
	lists  lists
}

// UsageError is a fault of the configuration or of the environment that no rule of the
// configuration has found.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *UsageError) Unwrap() error { return e.Err }

// Deps are what a pass of a command is made with, but for those who observe it.
func (p *Process) Deps(cfg *config.Config, command string, log *zap.Logger) pass.Deps {
	at := Ledger(cfg)
	return pass.Deps{
		Open: func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
			if w := at.Warning(); w != "" {
				log.Warn(w)
			}
			return at.Open(ctx, ledger.Options{Rehearse: rehearse, Command: command, Say: Says(log)})
		},
		Look:     at.Look,
		Dial:     func() (pass.Service, error) { return p.dial(cfg, log) },
		Log:      log,
		Panicked: p.Panicked,
		Adjust:   p.Adjust,
	}
}

// dial makes the far side of a pass.
func (p *Process) dial(cfg *config.Config, log *zap.Logger) (pass.Service, error) {
	if p.Far != nil {
		return p.Far(cfg)
	}
	l, err := p.logins.Get(cfg, p.signinOptions(cfg, log))
	if err != nil {
		return nil, &UsageError{err}
	}
	return p.serviceFor(cfg, l, false)
}

// Ledger is where the ledger of a configuration is, whose rule has checked the URL.
func Ledger(cfg *config.Config) ledger.Location {
	l, _ := ledger.Parse(cfg.Queue.URL)
	return l
}

// LacksBatch returns a *queue.NoBatchError when the ledger of a configuration was never made:
// it has no batch of a name that is not empty.
func LacksBatch(cfg *config.Config, batch string) error {
	if batch == "" || Ledger(cfg).Exists() {
		return nil
	}
	return queue.NoBatch(batch, nil)
}

// Opener opens the ledger of a configuration for a command, which tells say what takes
// long: see ledger.Options.
func Opener(cfg *config.Config, command string, say func(string)) func(context.Context) (queue.Ledger, error) {
	return func(ctx context.Context) (queue.Ledger, error) {
		return Ledger(cfg).Open(ctx, ledger.Options{Command: command, Say: say})
	}
}

// Says returns what logs what it is told.
func Says(log *zap.Logger) func(string) { return func(text string) { log.Info(text) } }

// Target is where a configuration deletes, and who signs in there.
func Target(cfg *config.Config) admin.Target {
	t := admin.Target{Region: cfg.Service.Region}
	s, err := signin.ScopeOf(cfg)
	if err != nil {
		return t // a configuration for what contacts nobody
	}
	t.Endpoint, t.Credential, t.Account, t.User, t.Project = s.Endpoint, s.Credential, s.Account, s.User, s.Project
	if t.Account == "" && t.User != "" {
		t.User = "key with the mark " + t.User
	}
	return t
}
