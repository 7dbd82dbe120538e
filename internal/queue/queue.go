// Package queue keeps the ledger: every task ID that came in, in exactly one
// state, durably, so that at any moment, also after a crash,
//
//	loaded = pending + deleted + gone + protected + withdrawn + dead
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

import "time"

// State is where a task ID stands in the ledger.
type State uint8

// The states. Pending is the zero value; the others settle an ID.
const (
	Pending   State = iota // still to be deleted, perhaps waiting for its next attempt
	Deleted                // the service confirmed the deletion
	Gone                   // the service said that there is no such task
	Protected              // a rule of the operator's forbade the deletion
	Dead                   // given up: a dead letter, to be looked at by a person
	Withdrawn              // taken back by a person, with every batch that named it: see Batches
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
	// Behind says that its last outcome put it behind all fresh IDs.
	Behind bool
	// Code and Status are the service's own of its last answer; empty and 0 when
	// there was none.
	Code   string
	Status int
	// Asked is what was said with the ID by the load that brought it; nil for nothing.
	Asked *Asked
}

// Outcome is the flat record of what became of one delivery. Ledger, results
// file, report, log and progress are all readers of it.
type Outcome struct {
	// Delivery is what had been lent, unchanged.
	Delivery Delivery
	// State is the new state. Pending puts the ID back.
	State State
	// Due is when a Pending ID may be lent again, by the clock of At; the zero
	// time is at once.
	Due time.Time
	// Behind puts a Pending ID behind all fresh IDs: it is lent when it is due and
	// no fresh ID is left to lend, in this pass or a later one.
	Behind bool
	// Attempts is how many attempts it has spent now. An ID that goes back
	// never sent (Pending, FirstAt zero) leaves no trace, or keeps the history
	// that it had; only Due may be new. One that Behind puts behind the fresh IDs,
	// or that spent an attempt there, keeps what the outcome says.
	Attempts int
	// FirstAt is when it was first sent; zero when it never was.
	FirstAt time.Time
	// At is when this outcome was reached, by the clock that Take was given; the
	// zero time is the latest that Take was given.
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
	// States counts all IDs. Pending includes those that wait and those lent out.
	States
	// Waiting is how many of the pending ones have been tried before.
	Waiting int64
	// Held is how many of the pending ones a hold keeps.
	Held int64
	// HeldBatches is how many batches are held, and HeldAll says that the whole ledger is.
	HeldBatches int64
	HeldAll     bool
	// OldestPending is when the oldest batch that still has a pending ID was
	// loaded; zero when nothing is pending.
	OldestPending time.Time
}

// Loaded is the sum of all states: what came in and is remembered.
func (c Counts) Loaded() int64 { return c.Sum() }

// Batch describes one load.
type Batch struct {
	// Name is the batch's name, unique in the ledger; an existing name makes
	// Load fail with ErrBatchExists before it reads anything.
	Name string
	// Extends names a batch that the load may go on with, or that the name of begins with
	// it and a dot: then its IDs go into that, and there is no further batch. That is so when
	// it is the last that was loaded, has the same source, and is neither withdrawn nor held
	// nor what a pass is confined to. Empty is none.
	Extends string
	// Source is where the IDs come from, for people.
	Source string
	// Renew is how long an ID that the batch names, and that is settled, may have been
	// remembered already before that is counted anew: see Auditor.Forget. It saves
	// writes; 0 counts anew in any case.
	Renew time.Duration
	// Digest returns the digest of what was read, for people. It is called after the
	// last ID. Nil is none.
	Digest func() string
	// Asked returns what was said with the ID that was yielded last; nil for nothing. It is
	// called after each ID. Nil says nothing of any. The ledger keeps it with an ID that the
	// load brings, for as long as that is pending or dead, and when it is settled until the
	// passes under way have ended: their results tell it. Of an ID that is known the load
	// changes nothing.
	Asked func() *Asked
}

// Loaded is what one load brought.
type Loaded struct {
	// New IDs became pending: they were written down, or had been withdrawn. Duplicates
	// were known before, or came twice.
	New, Duplicates int64
	// Batch is the name of the batch that has named the IDs: that of the load, or of an
	// earlier one of the same content. See Loader.
	Batch string
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
	// RequestedReason and RequestedBy are what was said with the ID: see Asked.
	RequestedReason string `json:"requested_reason,omitempty"`
	RequestedBy     string `json:"requested_by,omitempty"`
}

// Filter chooses dead letters; the zero value chooses all of them. Each field
// that is set narrows the choice.
type Filter struct {
	// ID matches one task ID, Code an error code, and Batch a batch's name, exactly.
	ID, Code, Batch string
	// OlderThan matches letters that died longer ago than this before now.
	OlderThan time.Duration
}

// MaxDeadCodes bounds how many codes DeadCodes returns.
const MaxDeadCodes = 50

// DeadCode counts the dead letters that have one code.
type DeadCode struct {
	Code  string
	Count int64
	// Reason is that of the youngest of them, which died at LastAt.
	Reason string
	LastAt time.Time
}
