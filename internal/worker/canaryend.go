package worker

import (
	"fmt"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// deleted is the outcome of a canary that was seen to be gone.
func (c *calibrator) deleted(can canary) queue.Outcome {
	e := can.made
	if confirmedEmpty(e) {
		e.ruling = c.findings.know().Judge(e.table, e.answer)
	}
	if e.ruling.Verdict == policy.Doubt {
		e.ruling = seenGone(e.ruling)
	}
	e.made.Ruling, e.shown = e.ruling, true // its answer was taken into account when it came
	return c.conclude(can, e)
}

// conclude concludes and observes the DELETE of a canary.
func (c *calibrator) conclude(can canary, e exchange) queue.Outcome {
	o := c.stages.judge.conclude(can.Delivery, e)
	c.observers.exchange(e.made, returns(o))
	return o
}

// unseen is the outcome of a canary that nobody can see. Where looks can never tell,
// the service's word counts.
func (c *calibrator) unseen(can canary) queue.Outcome {
	if can.opaque == "" || can.made.ruling.Verdict != policy.Deleted {
		return c.inDoubt(can)
	}
	can.made.shown = true // its answer was taken into account when it came
	return c.conclude(can, can.made)
}

// inDoubt is the outcome of a canary that was not seen to be gone, or of which nobody
// can tell: it stays pending.
func (c *calibrator) inDoubt(can canary) queue.Outcome {
	c.observers.exchange(can.made.made, true)
	return c.unconfirmed(can)
}

// unconfirmed is inDoubt for a canary whose request was observed already.
func (c *calibrator) unconfirmed(can canary) queue.Outcome {
	now := c.now()
	o := unsent(can.Delivery, now)
	o.State, o.Due, o.Lost, o.Attempts = queue.Pending, now, true, can.Attempts
	o.FirstAt = can.FirstAt
	if o.FirstAt.IsZero() {
		o.FirstAt = can.made.at
	}
	o.Code, o.Status, o.RequestID = can.made.ruling.Code, can.made.answer.Status, can.made.answer.RequestID
	o.Reason = "the deletion could not be confirmed"
	return o
}

// stayed is the outcome of a canary that looks still show; none says that no canary has
// gone, and count how many stayed. Where looks show a task also for an ID that nobody
// has, they cannot tell, and the service's word is all there is. A confirmed deletion
// without effect stops the pass, and so do several answers that deleted nothing.
func (c *canaries) stayed(can canary, none bool, count int) queue.Outcome {
	e := can.made
	switch {
	case none && e.ruling.Verdict == policy.Deleted && c.seesMadeUpID():
		c.unverified(c.taking, "a look shows a task for a made-up ID and for a deleted one: looks cannot tell what is there")
	case e.ruling.Verdict == policy.Deleted, e.ruling.Accepted && none:
		c.stop(stillThereStop(can.ID, c.now().Sub(e.at)))
		return c.inDoubt(can)
	case e.ruling.Accepted:
		e.awaited = true
	default:
		if none && count >= c.Canaries && count > 1 && !c.seesMadeUpID() {
			c.stop(holdAll(fmt.Sprintf("the service answered %s to the deletion of task %s, and the task is still there: find out what answers here before you go on",
				policy.SignatureOf(e.answer), can.ID)))
		}
		e.ruling = stillThere(e)
	}
	e.made.Ruling = e.ruling
	return c.conclude(can, e)
}
