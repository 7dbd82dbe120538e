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
	now := w.now()
	found := w.watch.note(e, d.Seq, w.seen(d), now)
	step := w.Retry.Next(e.ruling, e.answer, policy.Try{
		Attempts: d.Attempts,
		FirstAt:  w.firstInPass(d, found.from),
		Now:      now,
		Jitter:   w.Jitter(),
		Lost:     d.Lost,
		Spend:    found.spend,
	})
	o := outcomeOf(d, e, step, now)
	w.Pace.Pause(step.Slow)
	w.stopIf(found.stop)
	if step.Stop {
		w.stop(&Stop{Kind: StopThrottle, Why: step.Reason})
	}
	w.stopIf(w.watch.concluded(o, step.End))
	if step.End == policy.EndNone && !step.Aside {
		w.loans.await(step.Due)
	}
	return o
}

// stopIf stops the pass unless s is nil. The first stop is the one that counts.
func (w *Worker) stopIf(s *Stop) {
	if s != nil {
		w.stop(s)
	}
}

// firstInPass is when d was first tried as far as its deadline goes: what it
// waited between two passes, or for the far side, is not held against it. from
// is the end of the last outage.
func (w *Worker) firstInPass(d queue.Delivery, from time.Time) time.Time {
	if from.Before(w.tally.startedAt) {
		from = w.tally.startedAt
	}
	if d.FirstAt.IsZero() || d.FirstAt.After(from) {
		return d.FirstAt
	}
	return from
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
func spared(d queue.Delivery, rule string, now time.Time) queue.Outcome {
	o := unsent(d)
	o.State, o.FirstAt, o.At = queue.Protected, d.FirstAt, now
	o.Reason = "protected by rule " + rule
	return o
}
