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
