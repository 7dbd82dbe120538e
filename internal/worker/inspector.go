package worker

import (
	"context"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// inspector looks at an ID before its DELETE, where that is needed.
type inspector struct {
	*run
	running   policy.Running
	looker    *looker
	findings  *findings
	chooser   *chooser
	admission *admission
	gate      *gate
	sender    *sender
	judge     *judge
	confirmer *confirmer
}

// inspect settles or puts back an ID by a look, where that is to come before a DELETE:
// the effect of an earlier DELETE is still to be seen, or may have been lost, running
// tasks must be left alone, or the answer to the DELETE could not tell whether the task
// was there. It reports false when the DELETE is to be sent.
func (i *inspector) inspect(taking, sending context.Context, d queue.Delivery) (o queue.Outcome, done bool) {
	if o, done = i.confirmer.lookAgain(taking, sending, d); done {
		return o, true
	}
	running, known := i.running.LooksFirst(), i.findings.know()
	if d.Lost && !running && known.KnowsLook() {
		return i.lookInDoubt(taking, sending, d)
	}
	if sampled := i.chooser.sample(known); sampled || running {
		return i.lookBefore(taking, sending, d, sampled)
	}
	return o, false
}

// lookInDoubt looks whether an ID is there that an earlier request may have deleted.
func (i *inspector) lookInDoubt(taking, sending context.Context, d queue.Delivery) (o queue.Outcome, done bool) {
	s := i.looker.look(taking, sending, d)
	switch {
	case s.stopped():
		return unsent(d, i.now()), true
	case i.looker.provesAbsence(taking, sending, s, false):
		return goneByLook(d, s, goneByUs, i.now()), true
	default:
		return o, false
	}
}

// goneByUs is the reason of an ID that an earlier request may have deleted.
const goneByUs = "gone, an earlier request of ours may have deleted it"

// lookBefore looks at an ID before its DELETE. sampled says that it was chosen at
// random, and counts for the shares.
func (i *inspector) lookBefore(taking, sending context.Context, d queue.Delivery, sampled bool) (o queue.Outcome, done bool) {
	if o, ok := i.admission.guard(d); !ok {
		return o, true
	}
	running := i.running.LooksFirst()
	t, err := i.ticket(taking, running)
	if err != nil {
		return unsent(d, i.now()), true
	}
	s := i.looker.look(taking, sending, d)
	if running && s.leavesOpen() && !s.stopped() {
		return i.notLookedAt(d, s, t), true
	}
	i.gate.giveBack(t)
	absent := i.looker.provesAbsence(taking, sending, s, false)
	if sampled && (absent || s.sight == policy.There) {
		i.stop(i.judge.shares.noteLook(d.Batch, absent))
	}
	switch {
	case s.stopped():
		return unsent(d, i.now()), true
	case absent && d.Lost:
		return goneByLook(d, s, goneByUs, i.now()), true
	case absent:
		o = goneByLook(d, s, "a look shows that the task is not there", i.now())
		o.Attempts++
		i.judge.ended(d, o, policy.Step{End: policy.EndGone})
		return o, true
	case s.answer.Running && running:
		return i.leaveRunning(taking, sending, d)
	default:
		return o, false
	}
}

// ticket waits until the far side is up, when the DELETE depends on the look.
func (i *inspector) ticket(taking context.Context, depends bool) (policy.Ticket, error) {
	if !depends {
		return 0, nil
	}
	defer i.rest()()
	return i.gate.admit(taking, 0)
}

// notLookedAt is the outcome of an ID when a look at it was not answered: it may be
// running, so nothing is sent, and the failure counts as one of a DELETE.
func (i *inspector) notLookedAt(d queue.Delivery, s lookResult, t policy.Ticket) queue.Outcome {
	defer i.gate.giveBack(t)
	rl := s.ruling
	rl.Lost = false // nothing was changed
	return i.judge.conclude(d, exchange{answer: s.answer, ruling: rl, table: rl, ticket: t, at: s.at})
}

// leaveRunning does what was chosen for a task that a look has seen running. It reports
// false when the DELETE is to be sent.
func (i *inspector) leaveRunning(taking, sending context.Context, d queue.Delivery) (o queue.Outcome, done bool) {
	if i.running == policy.RunningStop && i.sender.stopTask(taking, sending, d) {
		return o, false
	}
	return i.judge.leaveRunning(d), true
}
