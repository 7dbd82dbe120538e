package queue

import (
	"context"
	"iter"
	"time"
)

// Ledger is the contract that every implementation keeps; queuetest.Run checks
// it. It is put together from pieces, so that each caller can ask for no more
// than it needs. All methods may be called from many goroutines at once.
//
// A ledger lends to passes only: see Journal.Begin.
type Ledger interface {
	Loader
	DeadLetters
	Batches
	Journal
	Auditor
	Memory
	Holding
	History
	// Close gives back all leases and the ledger itself. A second Close does nothing.
	Close() error
}

// Reader looks at a ledger that another process may be working with. It sees what
// is durable, and holds nobody up. Every Ledger is a Reader too.
type Reader interface {
	LetterReader
	FactReader
	HoldReader
	BatchReader
	HistoryReader
	// Counts returns the ledger as it stands.
	Counts(ctx context.Context) (Counts, error)
	// Unfinished returns the passes that have not ended, the oldest first: those
	// under way and those whose process died.
	Unfinished(ctx context.Context) ([]PassInfo, error)
	// Close ends the reading. A second Close does nothing.
	Close() error
}

// Loader takes task IDs in.
type Loader interface {
	// Load writes ids down under batch and returns when they are durable. It is
	// all or nothing: an error from ids, or a crash, leaves nothing of the batch
	// behind. IDs already in the ledger, settled or not, count as duplicates. So does
	// one of 32 hexadecimal digits in lower case that is there in upper case, as older
	// versions took it in; that keeps its spelling. What a load names is
	// remembered as if it had just been settled; a load that failed may have done that.
	//
	// An ID belongs to the batch that wrote it down. The ledger remembers that further
	// batches have named it, until it is settled well or they are forgotten. One that
	// was withdrawn becomes pending, in the batch that names it now.
	//
	// A load that goes on with a batch (see Batch.Extends) brings its IDs into that, when it
	// is whole, and Loaded tells the name.
	//
	// A list that is read again and brings nothing new is the batch that it was, if that
	// has the same source, digest and number of lines, and is not withdrawn: then there
	// is no further batch, and Loaded tells its name.
	Load(ctx context.Context, batch Batch, ids iter.Seq2[string, error]) (Loaded, error)
}

// Lender lends task IDs to the workers of one pass and takes back what became of
// them. An ID that is lent to one pass cannot be settled by another.
type Lender interface {
	// Take lends at most n IDs that are due at now, those that waited first, then the
	// oldest. As long as there are IDs that never waited, no more than a fifth of n,
	// but at least one, has waited, and none whose outcome was Behind: that is the
	// retry budget, and IDs that fail again and again do not keep the others from
	// their turn. What may have been under way when a process died is lent alone,
	// before everything else: see Delivery.Alone.
	// When nothing is due it returns none, and next is the time at which the
	// earliest waiting ID becomes due; zero when none waits.
	//
	// Only the caller's clock counts. A waiting ID that was settled later than now
	// has its times from a clock that was ahead: it waits as long as its outcome
	// asked for, from now on.
	Take(ctx context.Context, n int, now time.Time) (ds []Delivery, next time.Time, err error)
	// TakeWaiting is Take without the fresh IDs: it lends only what was tried before,
	// and nothing while an ID is still to be lent alone.
	TakeWaiting(ctx context.Context, n int, now time.Time) (ds []Delivery, next time.Time, err error)
	// Sample lends at most n fresh IDs, which were never sent, from places chosen at
	// random among all of them. It lends none that a dead process may have sent, and
	// nothing while such an ID is still to be lent alone, or is. A crash leaves in
	// doubt, of what was sampled, only what was lent.
	Sample(ctx context.Context, n int, now time.Time) ([]Delivery, error)
	// SetAside makes a dead letter, with PoisonCode, of the ID at which the process
	// has died twice, and returns it. Take does so too before it lends, but tells
	// nobody.
	SetAside(ctx context.Context) ([]Outcome, error)
	// Settle records outcomes and ends their leases, all of them or none, and counts
	// them in the totals of the pass in the same transaction. A Pending outcome goes
	// back to the queue.
	Settle(ctx context.Context, outcomes []Outcome) error
}

// LetterReader reads dead letters.
type LetterReader interface {
	// Dead yields the dead letters that f chooses, the oldest first.
	Dead(ctx context.Context, f Filter) iter.Seq2[DeadLetter, error]
	// DeadCodes counts the dead letters by their codes, the most frequent first. It
	// returns at most MaxDeadCodes codes.
	DeadCodes(ctx context.Context) ([]DeadCode, error)
}

// DeadLetters reads dead letters and decides what becomes of them.
type DeadLetters interface {
	LetterReader
	// Requeue makes the chosen dead letters pending and due, with no attempts
	// spent. Drop removes them from the ledger, so that they may be loaded anew.
	// Both are atomic and return how many. They fail with a *NoBatchError when the
	// filter names a batch that there is not.
	Requeue(ctx context.Context, f Filter) (int64, error)
	Drop(ctx context.Context, f Filter) (int64, error)
}

// Auditor counts what the ledger holds, and keeps it sound and small.
type Auditor interface {
	// Counts returns the ledger as it stands. It may be called every second.
	Counts(ctx context.Context) (Counts, error)
	// Check counts every task ID and compares the sums with the counters, those of
	// the unfinished passes included. An error names each difference: then what
	// Counts and Totals say is not to be trusted. It reads the whole ledger.
	Check(ctx context.Context) error
	// Pending yields every pending ID of a scope, lent or not, in the order of the ledger,
	// but for those that are held.
	Pending(ctx context.Context, s Scope) iter.Seq2[string, error]
	// Forget removes IDs settled as deleted, gone, protected or withdrawn longer ago than
	// age, and named by no load since, so that the ledger does not grow for ever, and
	// returns how many. What is known of the batches that named them goes too, and every
	// batch of that age without an ID. Of the younger ones that have no ID and have named
	// none that is unsettled it keeps some, the latest. The batches of the names in keep stay,
	// and those that are held.
	Forget(ctx context.Context, age time.Duration, keep ...string) (int64, error)
}
