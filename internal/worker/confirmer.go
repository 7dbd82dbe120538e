package worker

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// confirmer confirms by looks what a DELETE has done.
type confirmer struct {
	*run
	retry    policy.Retry
	within   time.Duration // how long a confirmed deletion may take to show
	looker   *looker
	findings *findings
	chooser  *chooser
	effects  *effects
	judge    *judge
	leases   *leases
}

// resolve decides by a look what an answer in doubt leaves open. A request that was
// accepted is a deletion once the task is seen to be gone. Any other answer in doubt
// only means then that the task is gone, and that the request may have deleted it. A
// task that is still there was not deleted: the answer counts for what the table says.
// When looks cannot tell either, the far side fails. So no refusal is final where a look says
// that the task is gone and no live task was seen to compare it with, nor while calibration
// still learns what may come to explain it.
func (c *confirmer) resolve(taking, sending context.Context, d queue.Delivery, e exchange) exchange {
	inDoubt := e.ruling.Verdict == policy.Doubt && e.known.KnowsLook()
	if !inDoubt && !mayMeanAbsent(e) {
		return e
	}
	s := c.looker.look(taking, sending, d)
	gone := c.looker.provesAbsence(taking, sending, s, e.ruling.Accepted)
	switch {
	case gone:
		e.shown = !e.ruling.Accepted && e.table.Verdict != policy.Gone
		e.ruling = seenGone(e.ruling)
	case e.ruling.Accepted:
		e.awaited = true
	case s.sight == policy.There:
		e.ruling = stillThere(e)
	case inDoubt && s.rejected():
		e.ruling.Verdict, e.ruling.Blames = s.ruling.Verdict, s.ruling.Blames
		e.ruling.Why = fmt.Sprintf("%s; a look is answered %s", e.ruling.Why, policy.Subject(s.ruling, s.answer))
	case inDoubt, e.ruling.Verdict == policy.Never && (s.sight == policy.Absent || e.known.growing):
		e.ruling.Verdict, e.ruling.Why = policy.Again, "no look could tell whether it was deleted: "+e.ruling.Why
	}
	e.made.Ruling = e.ruling
	return e
}

// mayMeanAbsent reports whether an answer may be how this service answers a DELETE of a
// task that is not there. As long as that is not known, and looks can tell, any answer
// may, except one of a busy or failing service.
func mayMeanAbsent(e exchange) bool {
	if !e.known.KnowsLook() || e.known.KnowsDelete() || e.ruling.Verdict == policy.Deleted || e.ruling.Verdict == policy.Later {
		return false
	}
	return policy.Teaches(e.ruling, e.answer)
}

// seenGone is the ruling on an answer in doubt when the task is not there.
func seenGone(rl policy.Ruling) policy.Ruling {
	switch {
	case rl.Accepted:
		rl.Verdict, rl.Why = policy.Deleted, "the service accepted the deletion, and a look shows that it has taken effect"
	case rl.Lost:
		rl.Verdict, rl.Why = policy.Gone, "a look shows that the task is gone; this request may have deleted it"
	default:
		rl.Verdict, rl.Why = policy.Gone, "a look confirms that the task is not there"
	}
	rl.Accepted = false
	return rl
}

// stillThere is the ruling on an answer in doubt when a look shows the task.
func stillThere(e exchange) policy.Ruling {
	rl := e.table
	if rl.Verdict == policy.Doubt || rl.Verdict == policy.Gone {
		rl.Verdict, rl.Why = policy.Again, "the task is still there: "+rl.Why
	}
	rl.Lost = false
	return rl
}

// spotCheck looks at a confirmed deletion when it is chosen for that. Its ID stays
// pending until it is seen to be gone.
func (c *confirmer) spotCheck(taking, sending context.Context, d queue.Delivery, o queue.Outcome) queue.Outcome {
	if o.State != queue.Deleted || !c.findings.know().KnowsLook() {
		return o
	}
	now := c.now()
	chosen, random := c.chooser.spot(now)
	if !chosen {
		return o
	}
	return c.lookForEffect(taking, sending, d, effect{outcome: o, since: now, random: random, bounded: true})
}

// lookAgain looks at an ID whose deletion is still to be seen. It reports false when
// there is nothing to be seen of d.
func (c *confirmer) lookAgain(taking, sending context.Context, d queue.Delivery) (o queue.Outcome, done bool) {
	e, ok := c.effects.expected(d.Seq)
	if !ok {
		return o, false
	}
	return c.lookForEffect(taking, sending, d, e), true
}

// lookForEffect looks whether a deletion has taken effect. When it has, the ID is
// settled; until then it is put back, to be looked at again.
func (c *confirmer) lookForEffect(taking, sending context.Context, d queue.Delivery, e effect) queue.Outcome {
	s := c.looker.look(taking, sending, d)
	now := c.now()
	switch {
	case s.stopped() && e.bounded && e.looks == 0:
		return e.outcome // after a stop no look is made: it was confirmed, as all others are
	case s.stopped():
		return c.putBack(d, e, now)
	case c.looker.provesAbsence(taking, sending, s, true), s.sight == policy.Absent && c.looker.controls.isLast(d.Seq):
		return c.effectSeen(d, e)
	case e.bounded && now.Sub(e.since) >= c.within && s.sight == policy.There:
		c.stop(stillThereStop(d.ID, now.Sub(e.since)))
		return c.putBack(d, e, now)
	}
	e.looks++
	o := c.putBack(d, e, now.Add(c.retry.Ceiling(e.looks)))
	if deadline := c.retry.Deadline; deadline > 0 && now.Sub(e.since) > deadline {
		o.Due = now.Add(deadline) // the next pass looks for it: it is in doubt
		return o
	}
	c.effects.expect(d.Seq, e)
	c.leases.await(o.Due)
	return o
}

// effectSeen settles an ID whose deletion was seen.
func (c *confirmer) effectSeen(d queue.Delivery, e effect) queue.Outcome {
	if e.random {
		c.findings.note(func(v *Verification) { v.Random++ })
	}
	o := e.outcome
	o.Delivery, o.At = d, c.now()
	if !e.bounded {
		c.judge.ended(d, o, policy.Step{End: policy.EndDeleted})
	}
	return o
}

// putBack puts back an ID whose deletion is still to be seen.
func (c *confirmer) putBack(d queue.Delivery, e effect, due time.Time) queue.Outcome {
	o := e.outcome
	o.Delivery, o.State, o.Due, o.At, o.Lost = d, queue.Pending, due, c.now(), true
	o.Reason = "the service took the deletion; it is still to be seen"
	return o
}

// stillThereStop is the stop of a pass in which a confirmed deletion had no effect.
func stillThereStop(id string, after time.Duration) *Stop {
	return holdAll(fmt.Sprintf("the service confirmed that it deleted task %s, and the task is still there %v later: find out what this service deletes before you go on",
		id, after.Round(time.Second)))
}
