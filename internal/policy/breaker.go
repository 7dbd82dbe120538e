package policy

import "time"

// How many failures, with no clearing answer between them, open the breaker.
const (
	// failuresToOpen counts IDs that had not failed before in this pass. Those
	// that fail again and again prove nothing about the far side: so fewer stubborn
	// ones than this that are left at the end of a pass do not open it, and end by
	// their attempts. More of them do; see Note for how those end.
	failuresToOpen = 5
	// unsentToOpen counts requests for which there was no connection, or no
	// address: that is never an ID's doing, whichever ID it is.
	unsentToOpen = 3
)

// Breaker tells a far side that is down from a task that fails. It is closed
// while all is well. When it opens, one request at a time may leave as a probe,
// at most one an interval, and no ID that is fresh in this pass pays for what
// fails, until an answer clears.
//
// What fails is what is to be tried again: busy, inner errors, time-outs, broken
// and missing connections. What clears is any other answer of the service about
// the task: deleted, gone, running, refused. Throttles, blames of the run,
// logins and our own stops prove nothing either way.
//
// The zero value is closed, leaves no time between probes and never gives up. A
// Breaker serves one pass, reads no clock and is not safe for many goroutines:
// whoever shares it guards it with a mutex.
type Breaker struct {
	// Retry has the interval between probes, which is Initial at first and
	// doubles up to Max, and the Deadline after which an open breaker stops the
	// run; 0 is never.
	Retry Retry

	cleared bool               // some answer of this pass has cleared
	calm    bool               // the last answer that cleared or failed has cleared
	first   int                // failures of IDs that had not failed before, since the last clearing answer
	repeats int                // failures of IDs that had failed before, since the same, but not one right after it
	unsent  int                // requests that could not be sent, since the same
	failed  map[int64]struct{} // IDs that failed in this pass and were not answered well since

	state  BreakerState
	excuse time.Time // while open: when last it failed for what is not the asked IDs' own doing
	probe  Ticket    // the probe under way; 0 when there is none
	issued Ticket    // the last ticket
}

// BreakerState is a Breaker as people are shown it. The zero value is closed and
// has never been open.
type BreakerState struct {
	Open bool
	// Since is when it opened, or when it last closed; zero when it never opened.
	Since time.Time
	// Why is what failed last; empty when closed.
	Why string
	// Next is when the next probe may leave, or could when the one under way left;
	// zero when closed.
	Next time.Time
	// Probes counts those that failed since it opened.
	Probes int
}

// Ticket is the leave to send one request. The zero Ticket is no probe, and
// good while the breaker is closed.
type Ticket int64

// State returns the breaker as it stands.
func (b *Breaker) State() BreakerState { return b.state }

// Admit asks for leave to send. When it is refused, at is when to ask again;
// zero is when the probe under way has been noted or given back, or the breaker
// has closed.
func (b *Breaker) Admit(now time.Time) (t Ticket, at time.Time, ok bool) {
	switch {
	case !b.state.Open:
		return 0, time.Time{}, true
	case b.probe != 0:
		return 0, time.Time{}, false
	case now.Before(b.state.Next):
		return 0, b.state.Next, false
	default:
		b.issued++
		b.probe = b.issued
		return b.probe, time.Time{}, true
	}
}

// Holds reports whether a request with this ticket may still leave: the breaker
// may have opened since it was handed out, or closed and opened anew.
func (b *Breaker) Holds(t Ticket) bool { return !b.state.Open || b.probing(t) }

// GiveBack leaves the probe to another, at once: no answer came of it. It
// reports whether t was the probe.
func (b *Breaker) GiveBack(t Ticket) bool {
	held := b.probing(t)
	if held {
		b.probe = 0
	}
	return held
}

// DeadlineFrom is the earliest moment from which the deadline of an ID counts,
// because the time of an outage does not: the last closing, and now while it is
// open; zero when it never opened.
func (b *Breaker) DeadlineFrom(now time.Time) time.Time {
	if b.state.Open {
		return now
	}
	return b.state.Since
}

// Forget drops what is remembered of an ID that is settled.
func (b *Breaker) Forget(seq int64) { delete(b.failed, seq) }

func (b *Breaker) probing(t Ticket) bool { return t != 0 && t == b.probe }
