package pass

import (
	"context"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/knowledge"
	"cleaner/internal/metrics"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/trace"
	"cleaner/internal/worker"
)

// Deps is what a pass is made with. Open, Dial and Log are required.
type Deps struct {
	// Open opens the ledger, which the pass closes. With rehearse, everything that is
	// done to it must be taken back when it is closed.
	Open func(ctx context.Context, rehearse bool) (queue.Ledger, error)
	// Look calls look with a reader of the same ledger while that is open: after a
	// panic the numbers of the pass are read there. Nil reports what was counted
	// until then.
	Look func(ctx context.Context, look func(queue.Reader) error) error
	// Dial makes the far side. It is called when there is something to delete.
	Dial func() (Service, error)
	Log  *zap.Logger
	// Code is the exit code of the pass, as the ledger keeps it; see Sinks. Nil keeps 0.
	Code func(r *Report, err error) int
	Observers
	// Live is filled for others to see the pass; nil is nobody.
	Live *Live
	// Panicked is called first when something has panicked: what is still done may
	// wait for ever for what the panic left locked. Nil does nothing.
	Panicked func()
	// Adjust changes what the worker is made of, for tests; nil leaves it.
	Adjust func(*worker.Options)
}

// Observers see what a pass does. Each may be left out.
type Observers struct {
	// Metrics measure it.
	Metrics *metrics.Metrics
	// Span is the pass in a trace; its end is the caller's.
	Span *trace.Pass
	// Outcomes is called with what was settled or went back, see worker.Observer.
	Outcomes func([]queue.Outcome)
	// Bar makes the progress bar of a pass over so many IDs. Nil logs progress.
	Bar func(total int64) Bar
}

// Service is the far side: a worker's service that is counted, resized and closed.
type Service interface {
	worker.Service
	// Logins is how many logins were sent since the service was made.
	Logins() int64
	// WatchLogins has observe called after every login from now on. expiry is when
	// the token in use ends; zero when there is none.
	WatchLogins(observe func(err error, took time.Duration, expiry time.Time))
	// Resize changes for how many workers there are connections.
	Resize(workers int)
	// Close closes the connections.
	Close()
}

// Spec is what a pass is to do.
type Spec struct {
	// Trigger says for people who has asked for the pass.
	Trigger string
	// Inputs are loaded first, in this order.
	Inputs []Source
	// Standing names the inputs that every pass of the configuration reads. A pass that
	// does not read them all forgets no task ID.
	Standing []string
	// OnlyGiven has the pass work only on what the Inputs have named, and OnlyBatch only on
	// what the batch of that name has; what else is pending stays so. At most one is set.
	OnlyGiven bool
	OnlyBatch string
	// Tolerant has the pass go on without an input that is refused; otherwise the
	// pass ends while nothing has been sent.
	Tolerant bool
	// MaxDuration stops the pass after that time; 0 does not.
	MaxDuration time.Duration
	// Results is the file that gets a line for each settled ID; empty for none.
	Results string
	// Remember is how long settled IDs are remembered.
	Remember time.Duration
	Limits   Limits
	Safety   Safety
	Retry    policy.Retry
	Table    *policy.Table
	// IgnorePause has the pass go on though an operator has paused all passes.
	IgnorePause bool
	// Scope is whom the service answers: what is learned of it is kept and recalled.
	Scope knowledge.Scope
}

// Limits bound what a pass asks of the service.
type Limits struct {
	Workers int
	Rate    float64 // the most requests a second
	Floor   float64 // the least
	Leave   float64 // the share of a limit that is left to others
	Burst   int
	// Grace is how long requests under way may still take after a stop.
	Grace time.Duration
	// Deletes is the most IDs that the pass may send DELETEs for; 0 is no bound.
	Deletes int64
	// Agreed is how many IDs may be pending and not held before the inputs are loaded, as Preview
	// found; with more the pass loads and sends nothing. Nil is any number.
	Agreed *int64
}

// Known is the pace as a ledger knows it before a pass: with the limit that was learned for
// scope, if there is one.
func (l Limits) Known(ctx context.Context, r queue.FactReader, scope knowledge.Scope) (policy.PaceState, error) {
	known, err := knowledge.RecallPace(ctx, r, scope)
	return policy.PaceState{Rate: l.Rate, Ceiling: l.Rate, Leave: l.Leave, Learned: known[policy.LaneDelete]}, err
}

// Safety is what keeps a pass from deleting what it should not.
type Safety struct {
	// Cap is the most IDs that the pass may set out to delete: above it nothing at
	// all is deleted. 0 is no cap.
	Cap int64
	// ProtectFile is the protect list; empty protects nothing.
	ProtectFile string
	Shares      policy.Shares
	// Canaries is how many deletions are seen to take effect before the others
	// follow; 0 believes the service.
	Canaries int
	// StopUnverified stops the pass when no look can tell whether deletions take
	// effect.
	StopUnverified bool
}
