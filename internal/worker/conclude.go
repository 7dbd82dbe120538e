package worker

import (
	"cmp"
	"time"

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

// conclude makes the outcome of an exchange, and has its consequences for the
// run: a slower pace, a longer pass, a stop.
func (w *Worker) conclude(d queue.Delivery, e exchange) queue.Outcome {
	now := time.Now()
	step := w.Retry.Next(e.ruling, e.answer, policy.Try{
		Attempts: d.Attempts,
		FirstAt:  w.firstInPass(d),
		Now:      now,
		Jitter:   w.Jitter(),
		Lost:     d.Lost,
		Spend:    w.blameFor(d, e, now),
	})
	w.Pace.Pause(step.Slow)
	if step.Stop {
		w.stop(&Stop{Kind: StopThrottle, Why: step.Reason})
	}
	if step.End == policy.EndNone && !step.Aside {
		w.loans.await(step.Due)
	}
	return outcomeOf(d, e, step, now)
}

// firstInPass is when d was first tried as far as its deadline goes: what it
// waited between two passes is not held against it.
func (w *Worker) firstInPass(d queue.Delivery) time.Time {
	if d.FirstAt.IsZero() || d.FirstAt.After(w.tally.startedAt) {
		return d.FirstAt
	}
	return w.tally.startedAt
}

// blameFor notes whom the answer blames. It stops the run that is at fault, and
// reports whether the task has to pay with an attempt.
func (w *Worker) blameFor(d queue.Delivery, e exchange, now time.Time) (spend bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.blame.Note(e.ruling, e.answer, w.seen(d), now)
	switch {
	case f.Throttled:
		w.stop(&Stop{Kind: StopThrottle, Why: f.Why})
	case f.Stop:
		w.stop(&Stop{Kind: StopCredentials, Why: f.Why})
	}
	return f.Spend
}

// seen says how often d was tried before this answer.
func (w *Worker) seen(d queue.Delivery) policy.Seen {
	switch {
	case d.LastAt.IsZero():
		return policy.SeenNever
	case w.loans.sentInPass(d):
		return policy.SeenInPass
	default:
		return policy.SeenBefore
	}
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

// tried reports whether the ID had its turn. Without a credential it had not:
// it goes back without a trace, and the pace is what waits.
func (e exchange) tried() bool {
	switch e.answer.Fault {
	case policy.FaultLogin, policy.FaultRefused, policy.FaultStopped:
		return false
	default:
		return true
	}
}

// unsent puts d back as it came, with the history it had: nothing was sent.
func unsent(d queue.Delivery) queue.Outcome {
	return queue.Outcome{Delivery: d, Attempts: d.Attempts, At: time.Now(), Lost: d.Lost, Reason: "not sent"}
}

// spared settles d as protected by a rule of the operator's.
func spared(d queue.Delivery, rule string) queue.Outcome {
	o := unsent(d)
	o.State, o.FirstAt = queue.Protected, d.FirstAt
	o.Reason = "protected by rule " + rule
	return o
}
