package worker

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"math/rand/v2"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Queue leases the IDs of one pass. queue.Pass is one.
type Queue interface {
	queue.Lender
	// Totals says how many IDs are pending now.
	Totals(ctx context.Context) (queue.Totals, error)
}

// Service is the far side. The adapter over api.Client is one.
type Service interface {
	// Ready returns when there is a credential to send with, which may take as long as a
	// login. FaultNone says that there is one; any other fault is judged instead of an
	// answer. It is called before each request that changes something, and is quick when
	// there is nothing to do.
	Ready(ctx context.Context) answer.Answer
	// DeleteTask sends one DELETE and returns all that is known of it. It does not wait
	// for a login.
	DeleteTask(ctx context.Context, id string) answer.Answer
	// Renew replaces the rejected credential, unless that has a successor already.
	// FaultNone says that it is worth sending again; any other fault is judged instead of
	// the answer.
	Renew(ctx context.Context, credential uint64) answer.Answer
	// StopTask asks once to stop the check that a task is running.
	StopTask(ctx context.Context, id string) answer.Answer
	// LookAtTask asks once whether a task is there.
	LookAtTask(ctx context.Context, id string) answer.Answer
}

// Guard says which IDs must not be deleted; the protect file is one.
type Guard interface {
	// Protects reports whether id is protected, and by which rule. After an error nothing
	// may be deleted.
	Protects(id string) (rule string, protected bool, err error)
}

// Pacer decides when the next request may be sent. pace.Adaptive is one.
type Pacer interface {
	// Acquire returns when one request of a lane may be sent, or with the error of ctx.
	Acquire(ctx context.Context, of policy.Lane) (policy.Permit, error)
	// Note is told what was answered to the request of each permit, also when none was
	// sent. It reports whether a failure of the service was a throttle.
	Note(of policy.Permit, r policy.PaceReply) (overrun bool)
	// Pause lets no request be sent until d from now. It never shortens a pause.
	Pause(d time.Duration)
	// Paused returns when the pause under way ends; the zero time when there is none.
	Paused() time.Time
}

// Options is what a Worker is made of.
type Options struct {
	Queue Queue
	// Outside is how many of the pending IDs this pass does not get, because they are
	// outside of its scope.
	Outside int64
	Service Service
	// Guard is asked immediately before each DELETE is handed to the connection; nil
	// protects nothing.
	Guard Guard
	Pacer Pacer
	// Recorder keeps what must not be lost; nil keeps nothing.
	Recorder Recorder
	// Hold keeps what a stop holds back from later passes, durably; nil keeps nothing.
	Hold func(Stop) error
	// Observers watch the pass, in this order.
	Observers []Observer
	Rules
	Limits
	// Calibration says how the pass learns what its endpoint answers.
	Calibration Calibration
	Chance
}

// Rules are what a pass decides by.
type Rules struct {
	Table *policy.Table
	Retry policy.Retry
	// Shares are the shares of failures that stop the pass; the zero value never does.
	Shares policy.Shares
}

// Limits bound what a pass does.
type Limits struct {
	Workers int // IDs in hand at once, and so requests in flight; at least 1, see Resize
	// Grace is how long requests under way may still take after a stop.
	Grace time.Duration
	// Budget is the most IDs this pass may send DELETEs for; 0 is no bound. An ID that
	// is retried within the pass counts once, and one for which nothing was ever sent
	// does not count.
	Budget int64
}

// Chance makes the random choices of a pass; a nil function is replaced.
type Chance struct {
	// Jitter returns a random number in [0,1), to spread retries; nil is math/rand.
	Jitter func() float64
	// Random returns a random number in [0,1), to choose which deletions are looked at;
	// nil is math/rand.
	Random func() float64
	// MadeUpID returns a task ID that nobody has; nil makes 32 random hexadecimal
	// digits. It is looked at, and never deleted.
	MadeUpID func() string
}

// withDefaults returns o with what may be left out.
func (o Options) withDefaults() Options {
	o.Calibration = o.Calibration.withDefaults()
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.MadeUpID == nil {
		o.MadeUpID = MadeUpID
	}
	return o
}

// MadeUpID returns the ID of no task: 32 random hexadecimal digits.
func MadeUpID() string {
	var b [16]byte
	_, _ = crand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
