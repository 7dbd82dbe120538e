// Package daemon lets a cleaner that runs for long be watched and steered: an
// admin server with a status page and control by POST, and notifications to the
// service manager. It decides nothing about passes; it shows what it is told and
// hands on what it is asked.
package daemon

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// DefaultAddress is where the server listens when it is told nothing.
const DefaultAddress = "127.0.0.1:9464"

// MinToken is the least length of a control token, in bytes. A shorter one
// switches control off rather than protecting nothing.
const MinToken = 16

// Control is what the server may ask for. Its methods return at once, but for
// Requeue, and may be called by several goroutines.
type Control interface {
	// Pause makes schedules start nothing until Resume.
	Pause()
	Resume()
	// RunNow asks for a pass by hand; the error says why none is to come.
	RunNow() error
	// Stop ends the pass under way: nothing more is sent, what is under way ends.
	// The error says why there is nothing to stop.
	Stop() error
	// Set changes the ceiling of the rate, in requests a second, and the number of
	// workers. What is 0 stays as it is; both are never 0, and none is negative.
	Set(rate float64, workers int) error
	// Requeue makes dead letters pending again and returns how many: those with
	// the code and of the batch, where an empty one stands for any.
	Requeue(ctx context.Context, code, batch string) (int64, error)
}

// Options say where to listen, what to show and whom to ask.
type Options struct {
	// Address is host:port. Without a WebConfigFile the host must be a loopback
	// address or localhost. Empty is DefaultAddress, or nowhere if there is a
	// Socket.
	Address string
	// Socket is the path of a unix socket; empty is none. It gets mode 0600:
	// whoever may open it may control, without a token.
	Socket string
	// WebConfigFile is a web configuration file of Prometheus exporters, for TLS
	// and basic authentication at Address. It is read again when it changes.
	WebConfigFile string
	// Log is told of control and faults; nil logs nothing.
	Log *zap.Logger
	// Metrics serves /metrics; nil serves none.
	Metrics http.Handler
	// Status is what is shown. For the page and /status, it and Ready are called at
	// most once in half a second, however many watch. Required.
	Status func(context.Context) (Status, error)
	// Ready returns why no work can be done, in words; nothing says it can. An
	// unreachable service is no reason. A nil Ready is always ready.
	Ready func(context.Context) []string
	// Alive returns why the process should be put out of its misery, in words;
	// nothing says it lives. It must not wait. A nil Alive is always alive.
	Alive func() []string
	// Control is asked for changes; nil offers none.
	Control Control
	// Token returns what a control request over TCP must carry. It is called for
	// each, so that a new token needs no restart. Nil, an empty token and an error
	// switch control over TCP off; the unix socket needs none.
	Token func() (string, error)
	// Profiling serves /debug/pprof.
	Profiling bool
	// Grace is how long requests under way may last at the end; 0 is 5 s.
	Grace time.Duration
}
