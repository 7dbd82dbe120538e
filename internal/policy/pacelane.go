package policy

import (
	"time"

	"cleaner/internal/answer"
)

// Lane is a kind of requests that gateways limit apart from the others.
type Lane uint8

// The lanes.
const (
	LaneDelete Lane = iota // DELETEs
	LaneLook               // looks at tasks
	LaneStop               // requests to stop a check
	Lanes      = 3         // how many there are
)

// Permit is the permission to send one request.
type Permit struct {
	Lane Lane
	Sent time.Duration // when it was granted, since the pace began
	// Guest says that the request counts as a DELETE for the pace of these: see
	// PaceGuests. Its turn among them was at Turn, since the pace began.
	Guest bool
	Turn  time.Duration
}

// PaceReplyOf is what an answer says of the pace. It leaves out when the request was sent.
func PaceReplyOf(rl Ruling, a answer.Answer) PaceReply {
	r := PaceReply{
		Limit: a.Limit, Window: a.Window, Quota: a.Quota.Limit, Left: a.Quota.Left, Reset: a.Quota.Reset,
	}
	switch {
	case a.Fault == answer.FaultConnect:
		r.End = PaceFailed
	case a.Fault != answer.FaultNone:
		r.End = PaceLost
	case rl.Verdict == Later && rl.Slow:
		r.End, r.Wait = PaceRefused, max(a.RetryAfter, 0)
	case a.Status >= 500 && len(a.Codes) == 0:
		r.End = PaceFailed // the gateway's own: a code would be the service's
	default:
		r.End = PaceAccepted
	}
	return r
}

// Overrun is the ruling on a failure that comes only above a certain rate: it is a throttle.
func Overrun(rl Ruling) Ruling {
	rl.Verdict, rl.Slow, rl.Behind = Later, true, false
	rl.Why = "the service fails above a rate, and is asked more slowly: " + rl.Why
	return rl
}
