package worker

import (
	"slices"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// learnDelete learns how a DELETE is answered for a task that is not there. The
// canaries, which were seen to be gone, are looked at once more after a while, and then
// their DELETE is sent once more, before they are settled. The pool is at work
// meanwhile.
func (x *control) learnDelete(gone []canary) {
	defer x.effects.waiting("the answer to a DELETE of what is gone", x.now())()
	var all []repeat
	for i, can := range gone {
		x.sleep(x.taking, can.seen.Add(x.Settle).Sub(x.now()))
		if a, rl, ok := x.deleteAgain(&gone[i]); ok {
			sign := policy.SignatureOf(a)
			all = append(all, repeat{
				sign: sign, success: succeeds(rl, a) || sign.Equal(policy.SignatureOf(can.made.answer)),
				usual: succeeds(can.made.table, can.made.answer),
			})
		}
	}
	for _, can := range gone {
		x.settle(can.end)
	}
	x.keep()
	what, ok := agreed(all)
	if !ok {
		return // not learned in this pass: looks decide
	}
	l := x.findings.know()
	if l.Idempotent = what.success; !what.success {
		l.Delete = what.sign
	}
	x.learn(l)
}

// repeat is how the second DELETE of a canary was answered.
type repeat struct {
	sign    policy.Signature
	success bool // it is an answer to a DELETE that deletes
	usual   bool // the first DELETE was answered as services say that they deleted
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

// deleteAgain sends the DELETE of a canary once more. ok says that the answer shows how
// the service answers for a task that is not there: the canary is gone and the control
// is there, before and after.
func (x *control) deleteAgain(can *canary) (a answer.Answer, rl policy.Ruling, ok bool) {
	for n := 1; n <= looksToRenew && x.taking.Err() == nil; n++ {
		if s := x.looker.look(x.taking, x.sending, can.Delivery); s.sight != policy.Absent && !x.relearnLook(s) {
			if s.sight == policy.There {
				x.stop(stillThereStop(can.ID, x.now().Sub(can.made.at)))
				can.end = x.unconfirmed(*can)
			}
			return a, rl, false
		}
		if !x.isThere() {
			return a, rl, false
		}
		permit, err := x.looker.throttle.permit(x.taking, policy.LaneDelete)
		if err != nil {
			return a, rl, false
		}
		if _, allowed := x.stages.admission.guard(can.Delivery); !allowed || x.taking.Err() != nil {
			x.looker.throttle.unused(permit)
			return a, rl, false
		}
		a, rl = x.stages.sender.deleteAgain(x.sending, can.Delivery, permit)
		if policy.Teaches(rl, a) && x.isThere() {
			return a, rl, true
		}
		x.sleep(x.taking, x.retry.Ceiling(n))
	}
	return a, rl, false
}

// relearnLook learns how looks are answered anew when a canary that was seen to be gone
// is answered otherwise by now, and reports whether it did: the service answers so once
// it is done.
func (x *control) relearnLook(s sighting) bool {
	if s.stopped() || !x.provesGone(s) {
		return false
	}
	l := x.findings.know()
	l.Look = policy.SignatureOf(s.answer)
	x.learn(l)
	return true
}
