// Package intake takes task IDs in that other systems send through a broker: a Redis
// stream, a RabbitMQ queue, a Kafka topic. It promises that a message is acknowledged
// only when the ledger holds what it names, durably: a crash at any moment brings the
// message again, and the ledger knows its IDs already.
//
// A Feed is one entry of the configuration at work: it receives, judges, loads and
// acknowledges, one batch of messages after another. What a message says is read in
// Parse, which has no effects. Each broker is an adapter in a package below this one.
package intake

import (
	"context"
	"errors"
	"time"

	"cleaner/internal/queue"
)

// Message is one message of a broker.
type Message struct {
	// Body is what was sent.
	Body []byte
	// Position names the message within its source, for people.
	Position string
	// Redelivered says that the broker has delivered it before.
	Redelivered bool
	// Fault is why the adapter cannot say what the body is; empty when it can.
	Fault string
	// Rejected is set, before Ack, on a message that cannot be read. It is kept with the
	// rejects by then.
	Rejected bool
	// Handle is the adapter's own.
	Handle any
}

// Broker is one connection to one source of messages. Its methods are called by one
// goroutine at a time. After an error it is closed, and another is
// opened: what was received and not acknowledged comes again.
type Broker interface {
	// Receive returns at most so many messages, in the order of the source. It
	// returns when it has them, or after wait with those that came. It may be called
	// again before the messages are acknowledged, and then brings others.
	Receive(ctx context.Context, most int, wait time.Duration) ([]Message, error)
	// Ack tells the broker that the messages are dealt with. Those with Rejected set go
	// to its place for dead letters, where it has one.
	Ack(ctx context.Context, done []Message) error
	// Lag is how many messages wait at the broker, as far as it tells. It fails when the
	// connection cannot be used any more, and with a *PartError beside what is known when
	// it is a part of the source that cannot be used.
	Lag(ctx context.Context) (n int64, known bool, err error)
	// Close ends the connection. What was not acknowledged stays with the broker.
	Close() error
}

// FatalError is a fault of a source that does not go away by itself: somebody has to
// look at it, and until then nothing is received.
type FatalError struct{ Err error }

// Error says what is wrong.
func (e *FatalError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FatalError) Unwrap() error { return e.Err }

// PartError is a fault of a part of a source, as a partition, that may go away by itself. The
// other parts can be received from.
type PartError struct{ Err error }

// Error says what is wrong.
func (e *PartError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *PartError) Unwrap() error { return e.Err }

// inPart returns err when it is a fault of a part of the source alone.
func inPart(err error) error {
	if _, part := errors.AsType[*PartError](err); part {
		return err
	}
	return nil
}

// LedgerError is a fault of the ledger, and none of the source.
type LedgerError struct{ Err error }

// Error says what is wrong.
func (e *LedgerError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *LedgerError) Unwrap() error { return e.Err }

// ErrBusy says that the ledger takes no IDs now, and will later. Messages wait.
var ErrBusy = errors.New("the ledger takes nothing in now")

// Ledger is where a feed puts task IDs.
type Ledger interface {
	// Room returns how many IDs are pending, and how many more may come now. It fails
	// with ErrBusy when none can be loaded.
	Room(ctx context.Context) (pending, room int64, err error)
	// Load calls load with the ledger, to which nobody else loads meanwhile. Load is
	// about n IDs. It fails with ErrBusy when they cannot be loaded now.
	Load(ctx context.Context, n int64, load func(queue.Loader) error) error
}
