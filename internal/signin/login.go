package signin

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/api"
	"cleaner/internal/config"
)

// Login is who cleaner is to the service. It is made to live as long as the process:
// what it has learned of its secret must not be forgotten.
type Login struct {
	// Credentials authorize requests.
	Credentials api.Credentials
	observer    atomic.Pointer[func(error, time.Duration)]
}

// Logins is how many logins have been sent; 0 for a method without logins.
func (l *Login) Logins() int64 {
	if c, ok := l.Credentials.(interface{ Logins() int64 }); ok {
		return c.Logins()
	}
	return 0
}

// Expiry is when the newest token ends; zero when there is none, or nobody knows.
func (l *Login) Expiry() time.Time {
	if c, ok := l.Credentials.(interface{ Expiry() time.Time }); ok {
		return c.Expiry()
	}
	return time.Time{}
}

// Close closes the connections that no login is using.
func (l *Login) Close() {
	if c, ok := l.Credentials.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Observe has f called after every login from now on, with how it ended, how long it
// took, and when the token in use ends. It takes the place of the observer before.
func (l *Login) Observe(f func(err error, took time.Duration, expiry time.Time)) {
	observer := func(err error, took time.Duration) { f(err, took, l.Expiry()) }
	l.observer.Store(&observer)
}

// loggedIn passes a login on to the observer.
func (l *Login) loggedIn(err error, took time.Duration) {
	if f := l.observer.Load(); f != nil {
		(*f)(err, took)
	}
}

// Keeper keeps the login of a process from one pass to the next. The zero value keeps
// none yet.
type Keeper struct {
	mu   sync.Mutex // guards what follows
	kept *Login
	of   identity
}

// identity is the part of a configuration that makes a login another one.
type identity struct {
	auth    config.Auth
	service config.Service
	queue   string
	timeout time.Duration
}

// Get returns the login that is kept, or a new one when the configuration says another
// than it did.
func (k *Keeper) Get(cfg *config.Config, o Options) (*Login, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := identity{cfg.Auth, cfg.Service, cfg.Queue.URL, cfg.Limits.RequestTimeout}
	if k.kept != nil && reflect.DeepEqual(k.of, of) {
		return k.kept, nil
	}
	made, err := New(cfg, o)
	if err != nil {
		return nil, err
	}
	if k.kept != nil {
		k.kept.Close()
	}
	k.kept, k.of = made, of
	return made, nil
}
