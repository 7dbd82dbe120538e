package policy

import "time"

// End is how a task ID is settled. The zero value leaves it pending.
type End string

// The ends.
const (
	EndNone    End = ""        // stays pending
	EndDeleted End = "deleted" // the service confirmed the deletion
	EndGone    End = "gone"    // the service has no such task
	EndDead    End = "dead"    // given up: a dead letter
)

// Try is what is known of a task ID besides the answer to its last request.
type Try struct {
	// Attempts is how many it had spent before this one.
	Attempts int
	// FirstAt is when it was first sent; zero if this was the first time.
	FirstAt time.Time
	// Now is when the answer was judged.
	Now time.Time
	// Jitter is a random number in [0,1).
	Jitter float64
	// Lost says that an earlier request may have taken effect without its
	// answer arriving.
	Lost bool
	// Spend says that an answer which settles nothing costs the ID an attempt: Blame and
	// Breaker decide whether the run or the far side is at fault instead. It matters for
	// the verdicts Again, Auth, Halt and Doubt alone, and not when nothing was sent.
	Spend bool
}

// Step is what to do with a task ID now.
type Step struct {
	// End settles it; EndNone puts it back, to be tried at Due.
	End End
	// Spent says that it is dead because its attempts or its time are used up.
	Spent bool
	// Due is when a pending ID may be tried again.
	Due time.Time
	// Attempts is how many it has spent now.
	Attempts int
	// Lost says that this or an earlier request may have taken effect without
	// its answer arriving.
	Lost bool
	// Aside says that this pass does not wait for the ID, which stays pending: it was
	// rehearsed, or has waited past its deadline without spending its attempts.
	Aside bool
	// Behind says that the ID goes behind all IDs that were not tried yet.
	Behind bool
	// Stop says that the service asked for Wait, a very long wait: the run must stop and
	// leave everything pending.
	Stop bool
	Wait time.Duration
	// Slow is how long every worker must wait; 0 for no wait.
	Slow time.Duration
	// Reason says why, for people.
	Reason string
}
