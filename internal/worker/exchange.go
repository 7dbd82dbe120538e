package worker

import (
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Op is what a request asks of the service.
type Op uint8

// The operations.
const (
	OpDelete    Op = iota // delete a task
	OpStop                // stop the check that a task is running
	OpLook                // look at a task
	OpCalibrate           // delete again a task that is known to be gone, to learn the answer
)

// Exchange is one request and what came of it.
type Exchange struct {
	Op Op
	// ID is the task's, and Attempt is one more than the attempts it had spent when the
	// request was made.
	ID      string
	Attempt int
	// At is when the request got its permit.
	At time.Time
	// Status and RequestID are those of the answer; zero when none arrived.
	Status    int
	RequestID string
	// Ruling is what the answer means, and Fault why none arrived.
	Ruling policy.Ruling
	Fault  answer.Fault
	// Seen says that a look shows the task, and Absent that it shows that the task is not
	// there.
	Seen, Absent bool
	// Running says that a look shows the task running.
	Running bool
	// Took is how long it took, from the permit to the answer.
	Took time.Duration
	// Again says that the ID will be sent again, at once or later.
	Again bool
}

// exchangeOf is a request that was made at a moment and is answered now.
func exchangeOf(op Op, d queue.Delivery, at time.Time, a answer.Answer, rl policy.Ruling) Exchange {
	return Exchange{
		Op: op, ID: d.ID, Attempt: d.Attempts + 1, At: at, Status: a.Status, RequestID: a.RequestID,
		Ruling: rl, Fault: a.Fault, Running: a.Running, Took: time.Since(at),
	}
}
