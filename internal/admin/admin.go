// Package admin lets an operator watch and control a running cleaner: it has the admin
// server, with a status page and control by POST, and notifies systemd. It decides
// nothing about passes; it shows a Status and passes requests on to a Control.
package admin

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// DefaultAddress is where the server listens when no address is given.
const DefaultAddress = "127.0.0.1:9464"

// MinToken is the least length of a control token, in bytes. A shorter one protects
// nothing, and so switches control off.
const MinToken = 16

// Control is what an operator can change through the server. Its methods may be
// called by several goroutines. Those that change the ledger wait for it, and all others
// return at once.
type Control interface {
	Schedules
	Passes
	DeadLetters
	Holds
	Lists
	Batches
}

// Schedules controls when passes start.
type Schedules interface {
	// Pause lets no schedule begin a pass until Resume, or until the pause is over, also
	// after a restart, and no other process. An error says that the pause ends with this process.
	Pause(ctx context.Context, p Pause) error
	// Resume ends a pause. by is who does it.
	Resume(ctx context.Context, by string) error
	// RunNow asks for a pass by hand; the error says why none will start.
	RunNow() error
}

// Passes controls the pass under way.
type Passes interface {
	// Stop ends the pass under way: requests under way finish, and no more are sent.
	// The error says why there is nothing to stop.
	Stop() error
	// Set changes the ceiling of the rate, in requests a second, and the number of
	// workers, also for later passes. A 0 leaves a value as it is; the server never
	// passes two zeros or a negative number.
	Set(rate float64, workers int) error
}

// DeadLetters controls the IDs that were given up.
type DeadLetters interface {
	// Requeue makes the dead letters pending again that f chooses, and returns how many.
	Requeue(ctx context.Context, f queue.Filter) (int64, error)
	// Drop removes those that f chooses from the ledger, and returns how many. It
	// refuses while a pass is under way.
	Drop(ctx context.Context, f queue.Filter) (int64, error)
}

// Batches controls what was loaded.
type Batches interface {
	// Withdraw takes a batch back, for a reason.
	Withdraw(ctx context.Context, batch, reason string) (queue.Withdrawal, error)
}

// Pause is who has paused, why, and until when.
type Pause struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero is until somebody resumes
}

// Holds controls what is held.
type Holds interface {
	// Release ends the holds that are chosen, and returns how many.
	Release(ctx context.Context, which queue.Holds, r queue.Release) (int64, error)
}

// Listeners say where the server listens.
type Listeners struct {
	// Address is host:port. Without a WebConfigFile the host must be a loopback
	// address or localhost. Empty is DefaultAddress, or no address if there is a
	// Socket.
	Address string
	// Socket is the path of a unix socket; empty is none. It gets mode 0600: whoever
	// can open it can control, without a token.
	Socket string
	// WebConfigFile is a web configuration file of Prometheus exporters, for TLS and
	// basic authentication at Address. It is read again when it changes.
	WebConfigFile string
	// Ledger is the file of the ledger that the server works with, or that a client means: a
	// client that means another is refused. Empty is any.
	Ledger string
}

// Effective are the listeners that there are in fact: an address that is not given is
// DefaultAddress, unless there is a socket.
func (l Listeners) Effective() Listeners {
	if l.Address == "" && l.Socket == "" {
		l.Address = DefaultAddress
	}
	return l
}

// Options configure a Server.
type Options struct {
	Listeners
	// Log gets control requests and faults; nil logs nothing.
	Log *zap.Logger
	// Metrics serves /metrics; nil serves none.
	Metrics http.Handler
	// Status returns what is shown. It is required. For the page and /status, it and
	// Ready are called at most once within Fresh, however many clients ask.
	Status func(context.Context) (Status, error)
	// Fresh is how long a status is shown before it is read again; 0 is half a second.
	Fresh time.Duration
	// Ready returns the reasons why no work can be done; none means ready. That the
	// service cannot be reached is not a reason. A nil Ready is always ready.
	Ready func(context.Context) []string
	// Alive returns the reasons to restart the process; none means alive. It must not
	// block. A nil Alive is always alive.
	Alive func() []string
	// Archive reads what is kept of passes and task IDs; nil shows none of it.
	Archive Archive
	// Control makes changes; nil allows none.
	Control Control
	// Token returns the token that a control request over TCP must have. It is called
	// for each request, so that a new token needs no restart. If Token is nil, or
	// returns an empty token or an error, control over TCP is off. The unix socket
	// needs no token.
	Token func() (string, error)
	// Profiling serves /debug/pprof.
	Profiling bool
	// Grace is how long requests under way may take when the server ends; 0 is 5 s.
	Grace time.Duration
}
