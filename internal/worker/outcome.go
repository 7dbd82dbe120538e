package worker

import (
	"cmp"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// states are the ends of policy as the ledger knows them.
var states = map[policy.End]queue.State{
	policy.EndNone:    queue.Pending,
	policy.EndDeleted: queue.Deleted,
	policy.EndGone:    queue.Gone,
	policy.EndDead:    queue.Dead,
}

// outcomeOf is the record of an exchange and the step that follows from it.
func outcomeOf(d queue.Delivery, e exchange, step policy.Step, now time.Time) queue.Outcome {
	o := queue.Outcome{
		Delivery:  d,
		State:     states[step.End],
		Due:       step.Due,
		Attempts:  step.Attempts,
		FirstAt:   d.FirstAt,
		At:        now,
		Lost:      step.Lost,
		Reason:    step.Reason,
		Code:      cmp.Or(e.ruling.Code, string(e.answer.Fault)),
		Status:    e.answer.Status,
		RequestID: e.answer.RequestID,
	}
	if o.FirstAt.IsZero() && e.tried() {
		o.FirstAt = e.at
	}
	if o.State == queue.Dead && e.answer.Message != "" {
		o.Reason += " (" + e.answer.Message + ")"
	}
	return o
}

// tried reports whether the ID had its turn. Without a credential it had not: it goes
// back without a trace.
func (e exchange) tried() bool {
	switch e.answer.Fault {
	case answer.FaultLogin, answer.FaultRefused, answer.FaultStopped:
		return false
	default:
		return true
	}
}

// unsent puts d back as it came, with the history it had: nothing was sent.
func unsent(d queue.Delivery, now time.Time) queue.Outcome {
	return queue.Outcome{Delivery: d, Attempts: d.Attempts, At: now, Lost: d.Lost, Reason: "not sent"}
}

// protectedBy settles d as protected by a rule of the protect list.
func protectedBy(d queue.Delivery, rule string, now time.Time) queue.Outcome {
	o := unsent(d, now)
	o.State, o.FirstAt = queue.Protected, d.FirstAt
	o.Reason = "protected by rule " + rule
	return o
}

// goneByLook settles d as gone because a look has shown it.
func goneByLook(d queue.Delivery, s lookResult, reason string, now time.Time) queue.Outcome {
	o := unsent(d, now)
	o.State, o.FirstAt, o.Reason = queue.Gone, d.FirstAt, reason
	o.Code, o.Status, o.RequestID = s.ruling.Code, s.answer.Status, s.answer.RequestID
	if o.FirstAt.IsZero() {
		o.FirstAt = now
	}
	return o
}

// returns reports whether o puts its ID back.
func returns(o queue.Outcome) bool { return o.State == queue.Pending }
