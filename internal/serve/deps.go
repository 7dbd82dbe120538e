package serve

import (
	"context"
	"os"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/pass"
	"cleaner/internal/trace"
)

// Deps is what serve is made with. All but Tracer, Hangups and Listen are required.
type Deps struct {
	// Process makes the parts of each pass.
	Process *assemble.Process
	// Load reads the configuration again.
	Load func() (*config.Config, error)
	// Follow is called with each configuration that a reload puts in force, for the
	// log to follow it.
	Follow func(*config.Config)
	// Code is the exit code of a pass, see pass.Sinks.
	Code    func(r *pass.Report, err error) int
	Log     *zap.Logger
	Metrics *metrics.Metrics
	Tracer  *trace.Tracer // nil traces nothing; its end is the caller's
	// Hangups has the configuration read again, each time something is received. The
	// caller must receive the signal from before Run is called: one that nobody receives
	// ends the process.
	Hangups <-chan os.Signal
	// Listen opens the admin server; nil is admin.Listen.
	Listen func(context.Context, admin.Options) (Web, error)
}

// Web is an admin server that listens.
type Web interface {
	// Addr is the TCP address it listens at, empty when it listens at none.
	Addr() string
	// Serve answers requests until ctx ends.
	Serve(ctx context.Context) error
}

// listen opens the admin server.
func (d *Deps) listen(ctx context.Context, o admin.Options) (Web, error) {
	if d.Listen != nil {
		return d.Listen(ctx, o)
	}
	return admin.Listen(ctx, o)
}

// StartError is why serve could not start: the configuration or the environment is at
// fault.
type StartError struct{ Err error }

func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *StartError) Unwrap() error { return e.Err }
