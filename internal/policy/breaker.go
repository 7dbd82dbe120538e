package policy

import "time"

// How many failures, with no clearing answer between them, open the breaker.
const (
	// failuresToOpen counts IDs that had not failed before in this pass. IDs that fail
	// again and again prove nothing about the far side. So fewer than this that are left
	// at the end of a pass do not open the breaker, and end when their attempts are used
	// up. More of them do open it; see Note for how those end.
	failuresToOpen = 5
	// unsentToOpen counts requests for which there was no connection, or no address: no
	// ID causes that, so each of them counts.
	unsentToOpen = 3
)

// Breaker decides whether the far side is down or a task fails. It is closed while all is
// well. While it is open, one request at a time may be sent as a probe, at most one an
// interval, and a failure costs no attempt of an ID that is fresh in this pass, until an
// answer clears.
//
// Answers after which the ID is to be tried again are failures: busy, inner errors,
// time-outs, broken and missing connections. Any other answer of the service about the
// task clears: deleted, gone, running, refused. Throttles, answers that blame the run,
// logins and our own stops prove nothing either way.
//
// The zero value is closed, leaves no time between probes and never gives up. A Breaker
// serves one pass, reads no clock and is not safe for concurrent use: its owner guards it
// with a mutex.
type Breaker struct {
	// Retry has the interval between probes, which is Initial at first and doubles up to
	// Max, and the Deadline after which an open breaker stops the run; 0 is never.
	Retry Retry

	cleared  bool               // some answer of this pass has cleared
	calm     bool               // the last answer that cleared or failed has cleared
	failures failures           // since the last clearing answer
	failed   map[int64]struct{} // IDs that failed in this pass, and for which no answer cleared since
	noHost   bool               // the last failure was a host name that does not exist

	state  BreakerState
	excuse time.Time // while open, the last failure that was not the ID's own
	probe  Ticket    // the probe under way; 0 when there is none
	issued Ticket    // the last ticket
}

// failures counts failures by what they are about.
type failures struct {
	first   int // of IDs that had not failed before
	repeats int // of IDs that had failed before, without one that comes right after a clearing answer
	unsent  int // requests that could not be sent
}

// BreakerState is a Breaker as it is shown to people. The zero value is closed and has
// never been open.
type BreakerState struct {
	Open bool
	// Since is when it opened, or when it last closed; zero when it never opened.
	Since time.Time
	// Why is the last failure; empty when closed.
	Why string
	// Next is when the next probe may be sent, or when the one under way could be; zero
	// when closed.
	Next time.Time
	// Probes counts those that failed since it opened.
	Probes int
}

// Ticket permits one request to be sent. The zero Ticket is no probe, and good while the
// breaker is closed.
type Ticket int64

// State returns the breaker as it stands.
func (b *Breaker) State() BreakerState { return b.state }

// Admit asks for a ticket. When there is none, at is when to ask again; zero is when the
// probe under way has been noted or given back, or the breaker has closed.
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

// Holds reports whether a request with this ticket may still be sent: the breaker may have
// opened since the ticket was handed out, or closed and opened again.
func (b *Breaker) Holds(t Ticket) bool { return !b.state.Open || b.probing(t) }

// GiveBack leaves the probe to another request at once, because no answer came. It
// reports whether t was the probe.
func (b *Breaker) GiveBack(t Ticket) bool {
	held := b.probing(t)
	if held {
		b.probe = 0
	}
	return held
}

// DeadlineFrom is the earliest moment from which the deadline of an ID counts, since the
// time of an outage does not count: when the breaker closed last, or now while it is open;
// zero when it never opened.
func (b *Breaker) DeadlineFrom(now time.Time) time.Time {
	if b.state.Open {
		return now
	}
	return b.state.Since
}

// Forget drops what is remembered about an ID that is settled.
func (b *Breaker) Forget(seq int64) { delete(b.failed, seq) }

func (b *Breaker) probing(t Ticket) bool { return t != 0 && t == b.probe }
