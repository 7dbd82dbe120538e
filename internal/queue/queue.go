// Package queue keeps the ledger: every task ID that came in, in exactly one
// state, durably, so that at any moment, also after a crash,
//
//	loaded = pending + deleted + gone + protected + dead
//
// A pending ID is lent to at most one worker at a time; a process that dies
// gives back what it had been lent.
//
// A task ID may be what kills the process. Were it simply tried again, it would
// kill every process to come, and nothing behind it would ever be deleted. So
// what may have been under way at a death is lent again one at a time, with
// nothing beside it. An ID at which the process then dies twice has done it, or
// nothing has: it becomes a dead letter with PoisonCode, and no other ID pays.
// Once may be chance: whatever killed the first time may have struck again.
package queue

import (
	"context"
	"iter"
	"time"
)

// State is where a task ID stands in the ledger.
type State uint8

// The states. Pending is the zero value; the other four settle an ID.
const (
	Pending   State = iota // still to be deleted, perhaps waiting for its next attempt
	Deleted                // the service confirmed the deletion
	Gone                   // the service said that there is no such task
	Protected              // a rule of the operator's forbade the deletion
	Dead                   // given up: a dead letter, to be looked at by a person
)

// PoisonCode is the code of a dead letter at which the process died twice while it
// was lent alone.
const PoisonCode = "poison"

// Delivery is one task ID lent to a worker, with its history.
type Delivery struct {
	// Seq is the ID's place in the ledger; it names the ID within this ledger.
	Seq int64
	// ID is the task ID as it was loaded.
	ID string
	// Batch is the name of the load that brought it.
	Batch string
	// Attempts is how many attempts it has spent so far.
	Attempts int
	// FirstAt and LastAt are when it was first and last sent; zero when never.
	FirstAt, LastAt time.Time
	// Lost says that an earlier request may have taken effect without its
	// answer arriving.
	Lost bool
	// Alone says that it may have been under way when a process died, and that
	// nothing else is lent until it is settled.
	Alone bool
}

// Outcome is the flat record of what became of one delivery. Ledger, results
// file, report, log and progress are all readers of it.
type Outcome struct {
	// Delivery is what had been lent, unchanged.
	Delivery Delivery
	// State is the new state. Pending puts the ID back.
	State State
	// Due is when a Pending ID may be lent again; the zero time is at once.
	Due time.Time
	// Attempts is how many attempts it has spent now. An ID that goes back
	// never sent (Pending, FirstAt zero) leaves no trace.
	Attempts int
	// FirstAt is when it was first sent; zero when it never was.
	FirstAt time.Time
	// At is when this outcome was reached.
	At time.Time
	// Lost says that a request may have taken effect without its answer.
	Lost bool
	// Reason says in words why; Code and Status are the service's own.
	Reason, Code string
	// Status is the HTTP status of the last answer; 0 when there was none.
	Status int
	// RequestID is the service's name for the last request.
	RequestID string
}

// Counts is the ledger at one moment.
type Counts struct {
	// Pending includes the IDs that wait and those lent out.
	Pending, Deleted, Gone, Protected, Dead int64
	// Waiting is how many of the pending ones have been tried before.
	Waiting int64
	// OldestPending is when the oldest batch that still has a pending ID was
	// loaded; zero when nothing is pending.
	OldestPending time.Time
}

// Loaded is the sum of all states: what came in and is remembered.
func (c Counts) Loaded() int64 {
	return c.Pending + c.Deleted + c.Gone + c.Protected + c.Dead
}

// Batch describes one load.
type Batch struct {
	// Name is the batch's name, unique in the ledger; an existing name makes
	// Load fail before it reads anything.
	Name string
	// Source is where the IDs come from, for people.
	Source string
}

// Loaded is what one load brought.
type Loaded struct {
	// New IDs were written down; Duplicates were known before, or came twice.
	New, Duplicates int64
}

// DeadLetter is a task ID that was given up.
type DeadLetter struct {
	ID        string    `json:"id"`
	Batch     string    `json:"batch"`
	Code      string    `json:"code"`
	Status    int       `json:"status"`
	Reason    string    `json:"reason"`
	Attempts  int       `json:"attempts"`
	FirstAt   time.Time `json:"first_at"` // zero when it was never sent
	LastAt    time.Time `json:"last_at"`
	RequestID string    `json:"request_id"`
}

// Filter chooses dead letters; the zero value chooses all of them. Each field
// that is set narrows the choice.
type Filter struct {
	// Code matches an error code exactly; Batch a batch's name.
	Code, Batch string
	// OlderThan matches letters that died longer ago than this before now.
	OlderThan time.Duration
}

// Queue is the contract that every implementation keeps; queuetest.Run checks
// it. All methods may be called from many goroutines at once.
type Queue interface {
	// Load writes ids down under batch and returns when they are durable. It is
	// all or nothing: an error from ids, or a crash, leaves nothing of the batch
	// behind. IDs already in the ledger, settled or not, count as duplicates.
	Load(ctx context.Context, batch Batch, ids iter.Seq2[string, error]) (Loaded, error)
	// Take lends at most n IDs that are due, those that waited first, then the
	// oldest. As long as there are IDs that never waited, no more than a fifth of n,
	// but at least one, has waited: that is the retry budget, and IDs that fail
	// again and again do not keep the others from their turn. What may have been
	// under way when a process died is lent alone: see Delivery.Alone.
	// When nothing is due it returns none, and next is the time at which the
	// earliest waiting ID becomes due; zero when none waits.
	Take(ctx context.Context, n int) (ds []Delivery, next time.Time, err error)
	// SetAside makes a dead letter, with PoisonCode, of the ID at which the process
	// has died twice, and returns it. Take does so too before it lends, but tells
	// nobody.
	SetAside(ctx context.Context) ([]Outcome, error)
	// Settle records outcomes and ends their loans, all of them or none. A
	// Pending outcome goes back to the queue.
	Settle(ctx context.Context, outcomes []Outcome) error
	// Counts returns the ledger as it stands.
	Counts(ctx context.Context) (Counts, error)
	// Dead yields the dead letters that f chooses, the oldest first.
	Dead(ctx context.Context, f Filter) iter.Seq2[DeadLetter, error]
	// Requeue makes the chosen dead letters pending and due, with no attempts
	// spent. Drop removes them from the ledger, so that they may be loaded anew.
	// Both are atomic and return how many.
	Requeue(ctx context.Context, f Filter) (int64, error)
	Drop(ctx context.Context, f Filter) (int64, error)
	// Forget removes IDs settled as deleted, gone or protected longer ago than
	// age, so that the ledger does not grow for ever, and returns how many.
	Forget(ctx context.Context, age time.Duration) (int64, error)
	// Close gives back all loans and the queue itself.
	Close() error
}
