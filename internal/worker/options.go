package worker

import (
	"context"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Service is the far side. The adapter over api.Client is one.
type Service interface {
	// Ready returns when there is a credential to send with, which may take as long
	// as a login. FaultNone says that there is one; any other fault is judged in
	// place of an answer. It is called before each request that changes something,
	// and is quick when there is nothing to do.
	Ready(ctx context.Context) policy.Answer
	// DeleteTask sends one DELETE and returns all that is known of it. It waits for
	// no login.
	DeleteTask(ctx context.Context, id string) policy.Answer
	// Renew replaces the rejected credential, unless a newer one is in place
	// already. FaultNone says that it is worth sending again; any other fault
	// is judged in place of the answer.
	Renew(ctx context.Context, credential uint64) policy.Answer
	// StopTask asks once to stop the check that a task is running.
	StopTask(ctx context.Context, id string) policy.Answer
	// LookAtTask asks once whether a task is there.
	LookAtTask(ctx context.Context, id string) policy.Answer
}

// Guard says which IDs must not be deleted; the protect file is one. An error
// means that it cannot say, and then nothing may be deleted.
type Guard interface {
	Protects(id string) (rule string, protected bool, err error)
}

// Options is what a Worker is made of. Every field but Guard, Budget, Canary,
// Shares, Tell, BreakerChanged and Observe is required.
type Options struct {
	Queue   queue.Queue
	Service Service
	// Guard is asked immediately before each DELETE is handed to the connection;
	// nil protects nothing.
	Guard   Guard
	Table   *policy.Table
	Retry   policy.Retry
	Pace    *policy.Pace
	Workers int // IDs in hand at once, and so requests in flight, see Resize
	// Grace is how long requests under way may still take after a stop.
	Grace time.Duration
	// Budget is the most IDs this pass may send DELETEs for; 0 is no bound. An
	// ID that is retried within the pass counts once, and one of which nothing was
	// ever sent not at all.
	Budget int64
	// Canary is how many deletions are looked at again before more than that many
	// requests are in flight; 0 believes the service from the start.
	Canary int
	// Shares are the shares of failures that stop the pass; the zero value never
	// does.
	Shares policy.Shares
	// Tell is called with what was settled or went back, after the ledger has it,
	// one group and one call at a time; it must not keep the slice. An error stops
	// the pass: what cannot be told must not be done.
	Tell func([]queue.Outcome) error
	// BreakerChanged is called when the circuit breaker opens or closes, and when
	// a probe fails, one call at a time. Where changes come faster than calls
	// return, it is told the latest. It must not wait for the pass.
	BreakerChanged func(policy.BreakerState)
	// Observe is called after each request, when it is known what follows from it,
	// by many workers at once; it must be quick. What never left is told as well.
	Observe func(Exchange)
	// Jitter returns a random number in [0,1).
	Jitter func() float64
}
