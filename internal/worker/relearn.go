package worker

import (
	"fmt"
	"slices"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// learnDelete learns how a DELETE is answered for a task that is not there, or checks
// what is known of that. The canaries, which were seen to be gone, are looked at once more,
// and then their DELETE is sent once more, before they are settled. The pool is at work
// meanwhile.
func (x *control) learnDelete(gone []canary) {
	defer x.findings.learning.Store(false)
	defer x.effects.waiting("the answer to a DELETE of what is gone", x.now())()
	known := x.findings.know()
	over := x.stages.handout().setAside(len(gone)) // the control keeps a place for these requests
	what, ok := x.repeatAll(gone, known)
	over()
	for _, can := range gone {
		x.settle(can.end)
	}
	x.keep()
	if !ok || what.agrees(known) || known.KnowsDelete() && !what.usual {
		return // what is known stays; if that is nothing, looks decide
	}
	next := x.findings.know()
	next.Idempotent, next.Delete = what.success, policy.Signature{}
	if !what.success {
		next.Delete = what.sign
	}
	if known.KnowsDelete() {
		x.findings.note(func(v *Verification) { v.Changed = changeOf(known, next) })
	}
	x.learn(next)
}

// repeatAll sends the DELETEs of the canaries once more, after a while: the service may
// answer otherwise while it is still deleting. An answer that is known for what is not
// there need not be waited for: whoever gives it is done.
func (x *control) repeatAll(gone []canary, known policy.Learned) (what repeat, ok bool) {
	if !known.Delete.IsZero() {
		if what, ok = x.repeatAfter(0, gone); ok && what.agrees(known) {
			return what, ok
		}
	}
	return x.repeatAfter(x.Settle, gone)
}

// repeatAfter sends the DELETE of each canary once more when all were seen to be gone so
// long ago, and returns what the answers have in common.
func (x *control) repeatAfter(wait time.Duration, gone []canary) (what repeat, ok bool) {
	left := make([]*canary, len(gone))
	for i := range gone {
		left[i] = &gone[i]
		x.sleep(x.taking, gone[i].seen.Add(wait).Sub(x.now()))
	}
	var all []repeat
	for n := 1; len(left) > 0 && n <= looksToRenew && x.taking.Err() == nil; n++ {
		if n > 1 {
			x.sleep(x.taking, x.retry.Ceiling(n-1))
		}
		var answers []repeat
		answers, left = x.repeatOnce(left, wait > 0)
		all = append(all, answers...)
	}
	return agreed(all)
}

// repeatOnce sends the DELETEs of canaries that are still gone once more, and returns
// those whose answers have shown nothing. The others show how the service answers for a
// task that is not there: the control was there, before all of them and after.
func (x *control) repeatOnce(gone []*canary, settled bool) (all []repeat, left []*canary) {
	gone = slices.DeleteFunc(gone, func(can *canary) bool { return !x.isStillGone(can, settled) })
	if len(gone) == 0 || !x.isThere() {
		return nil, gone
	}
	var shown []*canary
	for _, can := range gone {
		a, rl, sent := x.deleteAgain(can.Delivery)
		switch {
		case sent && policy.Teaches(rl, a):
			shown, all = append(shown, can), append(all, repeatOf(can, a, rl))
		case sent:
			left = append(left, can)
		}
	}
	if len(all) > 0 && !x.isThere() {
		return nil, append(left, shown...)
	}
	return all, left
}

// changeOf says what has changed since earlier passes, and what that means for what this
// pass has reported already.
func changeOf(known, next policy.Learned) string {
	s := fmt.Sprintf("a DELETE of a task that is not there is answered %s now, and was answered %s in earlier passes",
		next.DeleteWords(), known.DeleteWords())
	if next.Idempotent {
		s += ": what this pass reported as deleted before it noticed that may have been gone"
	}
	return s
}

// repeat is how the second DELETE of a canary was answered.
type repeat struct {
	sign    policy.Signature
	success bool // it is an answer to a DELETE that deletes
	usual   bool // the first DELETE was answered as services say that they deleted
}

// repeatOf is what the answer to the second DELETE of a canary shows.
func repeatOf(can *canary, a answer.Answer, rl policy.Ruling) repeat {
	sign := policy.SignatureOf(a)
	return repeat{
		sign: sign, success: succeeds(rl, a) || sign.Equal(policy.SignatureOf(can.made.answer)),
		usual: succeeds(can.made.table, can.made.answer),
	}
}

// agrees reports whether the answer is the one that is known for what is not there.
func (r repeat) agrees(known policy.Learned) bool {
	if r.success {
		return known.Idempotent
	}
	return r.sign.Equal(known.Delete)
}

// agreed returns what all repeats have in common; ok is false when they differ, or there
// are none. Those of canaries whose first answer was unusual count only when there are
// no others: an ID that is answered otherwise once may be so again.
func agreed(all []repeat) (what repeat, ok bool) {
	usual := slices.DeleteFunc(slices.Clone(all), func(r repeat) bool { return !r.usual })
	if len(usual) > 0 {
		all = usual
	}
	for _, r := range all {
		if r.success != all[0].success || !r.sign.Equal(all[0].sign) {
			return repeat{}, false
		}
	}
	if len(all) == 0 {
		return repeat{}, false
	}
	return all[0], true
}

// succeeds reports whether an answer to a DELETE is one that services give to say that
// they deleted.
func succeeds(rl policy.Ruling, a answer.Answer) bool {
	return rl.Verdict == policy.Deleted || rl.Accepted || rl.Verdict == policy.Doubt && a.Body == answer.BodyEmpty
}

// isStillGone reports whether another look at a canary shows that it is gone. That it is
// not counts only once it is settled, and has had the time that a service may need: one
// that is there again stops the pass then.
func (x *control) isStillGone(can *canary, settled bool) bool {
	s := x.looker.look(x.taking, x.sending, can.Delivery)
	if s.sight == policy.Absent || settled && x.relearnLook(s) {
		return true
	}
	if s.sight == policy.There && settled {
		x.stop(stillThereStop(can.ID, x.now().Sub(can.made.at)))
		can.end = x.unconfirmed(*can)
	}
	return false
}

// deleteAgain sends the DELETE of a canary once more, unless the pass is stopping, or the
// ID has come to be protected.
func (x *control) deleteAgain(d queue.Delivery) (a answer.Answer, rl policy.Ruling, sent bool) {
	permit, err := x.looker.throttle.permit(x.taking, policy.LaneDelete)
	if err != nil {
		return a, rl, false
	}
	if _, allowed := x.stages.admission.guard(d); !allowed || x.taking.Err() != nil {
		x.looker.throttle.unused(permit)
		return a, rl, false
	}
	a, rl = x.stages.sender.deleteAgain(x.sending, d, permit)
	return a, rl, true
}

// relearnLook learns how looks are answered anew when a canary that was seen to be gone
// is answered otherwise by now, and reports whether it did: the service answers so once
// it is done.
func (x *control) relearnLook(s lookResult) bool {
	if s.stopped() || !x.provesGone(s) {
		return false
	}
	l := x.findings.know()
	l.Look = policy.SignatureOf(s.answer)
	x.learn(l)
	return true
}
