package worker

import (
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Op is what a request asks of the service.
type Op uint8

// The operations.
const (
	OpDelete Op = iota // delete a task
	OpStop             // stop the check that a task is running
	OpLook             // look whether a task is there
)

// Exchange is one request and what came of it.
type Exchange struct {
	Op Op
	// ID is the task's, and Attempt the attempts it had spent when the request was
	// made, and one.
	ID      string
	Attempt int
	// At is when the request had its permit.
	At time.Time
	// Status and RequestID are those of the answer; zero when none arrived.
	Status    int
	RequestID string
	// Ruling is what the answer meant, and Fault why none arrived.
	Ruling policy.Ruling
	Fault  policy.Fault
	// Seen says that a look has seen the task.
	Seen bool
	// Took is how long it took, from the permit to the answer.
	Took time.Duration
	// Again says that the ID is to be sent again, at once or later.
	Again bool
}

// exchangeOf is a request that was made at a moment and is answered now.
func exchangeOf(op Op, d queue.Delivery, at time.Time, a policy.Answer, rl policy.Ruling) Exchange {
	return Exchange{
		Op: op, ID: d.ID, Attempt: d.Attempts + 1, At: at, Status: a.Status, RequestID: a.RequestID,
		Ruling: rl, Fault: a.Fault, Took: time.Since(at),
	}
}

// observe passes an exchange to who measures them, when it is known what follows
// from it.
func (w *Worker) observe(e Exchange, again bool) {
	if w.Observe != nil {
		e.Again = again
		w.Observe(e)
	}
}

// returns reports whether o puts its ID back.
func returns(o queue.Outcome) bool { return o.State == queue.Pending }
