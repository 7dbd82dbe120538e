package worker

import (
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// judge decides what follows from an answer, for the ID and for the run.
type judge struct {
	*run
	retry    policy.Retry
	jitter   func() float64
	throttle *throttle
	blame    *blame
	gate     *gate
	shares   *shares
	leases   *leases
	effects  *effects
}

// finding is what follows from one answer besides its ruling.
type finding struct {
	spend  bool      // it costs the ID an attempt
	behind bool      // the ID goes behind all others
	from   time.Time // no deadline counts from before this
	stop   *Stop     // nil when the pass goes on
}

// conclude makes the outcome of an exchange, and has its consequences for the run: a
// slower pace, a longer pass, a stop.
func (j *judge) conclude(d queue.Delivery, e exchange) queue.Outcome {
	now := j.now()
	found := j.find(e, d, now)
	step := j.step(d, e, found, now)
	o := outcomeOf(d, e, step, now)
	o.Behind = o.State == queue.Pending && (step.Behind || found.behind)
	j.ended(d, o, step)
	if e.awaited && !step.Aside {
		seen := o
		seen.State, seen.Reason = queue.Deleted, "the service accepted the deletion, and a look shows that it has taken effect"
		seen.Attempts++
		j.effects.expect(d.Seq, effect{outcome: seen, since: now})
	}
	if step.End == policy.EndNone && !step.Aside {
		j.leases.await(step.Due)
	}
	return o
}

// excuse is the outcome of a canary's DELETE that the service failed at. Nothing has
// shown yet that the service works at all, so it costs the ID no attempt, unless the ID
// was left over by an earlier pass: see policy.Breaker.
func (j *judge) excuse(d queue.Delivery, e exchange) queue.Outcome {
	now := j.now()
	found := j.find(e, d, now)
	found.spend = found.spend && j.seen(d) == policy.SeenBefore
	step := j.step(d, e, found, now)
	j.leases.await(step.Due)
	return outcomeOf(d, e, step, now)
}

// find takes the answer to the last request of an ID into account.
func (j *judge) find(e exchange, d queue.Delivery, now time.Time) finding {
	if e.shown {
		return finding{}
	}
	blamed := j.blame.note(e, d, now)
	out, from := j.gate.note(e, policy.Asked{Seq: d.Seq, Ticket: e.ticket, Seen: j.seen(d)}, now)
	failed := e.ruling.Verdict == policy.Again || e.ruling.Verdict == policy.Doubt
	return finding{
		spend:  !out.Spare && (failed || blamed.Spend),
		behind: blamed.Behind,
		from:   from,
		stop:   stopFor(blamed, out),
	}
}

// step decides what becomes of the ID, and slows or stops the pass if need be.
func (j *judge) step(d queue.Delivery, e exchange, found finding, now time.Time) policy.Step {
	step := j.retry.Next(e.ruling, e.answer, policy.Try{
		Attempts: d.Attempts,
		FirstAt:  j.firstInPass(d, found.from),
		Now:      now,
		Jitter:   j.jitter(),
		Lost:     d.Lost,
		Spend:    found.spend,
	})
	j.throttle.slow(step.Slow)
	j.stop(found.stop)
	if step.Stop {
		j.stop(j.throttle.tooLong(step.Wait))
	}
	return step
}

// ended takes into account how an ID ended, if it did, and stops the pass when too
// many ended badly.
func (j *judge) ended(d queue.Delivery, o queue.Outcome, step policy.Step) {
	if step.End == policy.EndNone {
		return
	}
	j.gate.forget(d.Seq)
	j.stop(j.shares.note(policy.EndOf{
		Seq: d.Seq, Batch: d.Batch, End: step.End, Spent: step.Spent, Attempts: o.Attempts, Lost: o.Lost, First: !j.sentInPass(d),
	}))
}

// leaveRunning puts back an ID whose task a look has seen running.
func (j *judge) leaveRunning(d queue.Delivery) queue.Outcome {
	now := j.now()
	first := j.firstInPass(d, time.Time{})
	if first.IsZero() {
		first = now
	}
	rl := policy.Ruling{Verdict: policy.Later, Why: "the task is running"}
	step := j.retry.Next(rl, answer.Answer{Status: 200, Body: answer.BodyTask}, policy.Try{
		Attempts: d.Attempts, FirstAt: first, Now: now, Lost: d.Lost,
	})
	o := unsent(d, now)
	o.Due, o.Reason, o.FirstAt = step.Due, step.Reason, d.FirstAt
	if o.FirstAt.IsZero() {
		o.FirstAt = now // its deadline runs from here
	}
	if !step.Aside {
		j.leases.await(step.Due)
	}
	return o
}

// stopFor is the stop that an answer leads to; nil when it leads to none.
func stopFor(blamed policy.Finding, out policy.Outage) *Stop {
	switch {
	case blamed.Throttled:
		return &Stop{Kind: StopThrottle, Why: blamed.Why}
	case blamed.Stop:
		return &Stop{Kind: StopCredentials, Why: blamed.Why}
	case out.Stop:
		return &Stop{Kind: StopUnreachable, Why: out.Why}
	default:
		return nil
	}
}
