package worker

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// watch watches canaries go.
type watch struct {
	*canaries
	gone   []canary // seen to be gone
	stayed []canary // still there after all the time they had
	opaque string   // how looks are answered that can never tell; empty when there are none
}

// watched is a canary under watch.
type watched struct {
	canary
	last  lookResult // the last look
	alike int        // looks in a row that were answered so
}

// watchAll returns the canaries that were seen to be gone. Those that were only
// accepted come last, since they may take long.
func (c *canaries) watchAll(sent []canary) []canary {
	slices.SortStableFunc(sent, func(a, b canary) int { return cmpBool(a.made.ruling.Accepted, b.made.ruling.Accepted) })
	left := make([]*watched, len(sent))
	for i, can := range sent {
		left[i] = &watched{canary: can}
	}
	w := &watch{canaries: c}
	w.all(left)
	if w.opaque != "" && len(w.gone) == 0 {
		c.unverified(c.taking, "a look at a task that is not there is answered "+w.opaque+": that may as well be a fault of the service")
	}
	for _, can := range w.stayed {
		c.settle(c.stayed(can, len(w.gone) == 0, len(w.stayed)))
	}
	return w.gone
}

// all watches canaries until each is decided. They are looked at side by side. When some
// are left, the first of them is watched alone before the others are looked at again: what
// one needs, the others most likely need too.
func (w *watch) all(left []*watched) {
	for {
		if left = w.look(left); len(left) == 0 {
			return
		}
		for n := 1; ; n++ {
			w.sleep(w.taking, w.pause(left[0], n))
			if len(w.look(left[:1])) == 0 {
				break
			}
		}
		if left = left[1:]; len(left) == 0 {
			return
		}
	}
}

// cmpBool orders false before true.
func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// look looks at canaries side by side, and returns those that are undecided. A look at
// the control comes after all of these, and so proves for each of them.
func (w *watch) look(all []*watched) (left []*watched) {
	w.ask(len(all), func(i int) {
		look := w.looker.lookWithoutRenewal
		if i == 0 {
			look = w.looker.look
		}
		all[i].note(look(w.taking, w.sending, all[i].Delivery))
	})
	compared := sync.OnceValue(func() bool { return w.task != nil && w.isThere() })
	for _, can := range all {
		if !w.decide(can, compared) {
			left = append(left, can)
		}
	}
	return left
}

// note notes what a look has shown.
func (can *watched) note(s lookResult) {
	if sign := policy.SignatureOf(s.answer); !sign.Equal(can.sign) {
		can.alike, can.sign = 0, sign
	}
	can.alike++
	can.last = s
}

// decide reports whether the last look decides what became of a canary: it is gone, it
// stays for the whole patience, or nobody could see it for the deadline, or the pass is
// stopping. compared reports whether the control was seen after the look.
func (w *watch) decide(can *watched, compared func() bool) bool {
	s, patience := can.last, w.patience(can)
	waited := s.at.Sub(can.made.at.Add(can.made.took))
	switch {
	case w.looksFail(s, can.alike) && waited >= w.Confirm && compared():
		can.opaque = policy.Subject(s.ruling, s.answer)
		w.opaque = cmp.Or(w.opaque, can.opaque)
		w.settle(w.unseen(can.canary))
	case s.stopped() || w.taking.Err() != nil:
		w.settle(w.unseen(can.canary))
	case s.sight == policy.There && waited >= patience:
		w.stayed = append(w.stayed, can.canary)
	case w.retry.Deadline > 0 && waited >= max(w.retry.Deadline, patience):
		w.stop(unseenStop(can.ID, waited, s))
		w.settle(w.unseen(can.canary))
	case can.lasts() && compared() && w.comparable(s), w.task == nil && changed(s, can.alike):
		can.seen = w.now()
		w.gone = append(w.gone, can.canary)
	default:
		return false
	}
	return true
}

// lasts reports whether the last look at a canary shows something other than a task that
// is no passing fault: all canaries are looked at in the same moment, and a fault that
// answers all of them alike may be over when the control is looked at. An answer that may
// also mean a fault counts when it comes again.
func (can *watched) lasts() bool {
	return mayBeGone(can.last) && (can.alike > 1 || !policy.NeedsControl(can.last.ruling, can.last.answer))
}

// soonLooks is how many looks at a canary come sooner than a retry would.
const soonLooks = 3

// pause is how long to wait for the nth look at a canary after the first. Everybody waits
// for it, and most deletions show at once, so it is short as long as a look shows the task,
// there is a control, and n is small.
func (w *watch) pause(can *watched, n int) time.Duration {
	switch {
	case can.last.sight != policy.There || w.task == nil:
		return w.retry.Ceiling(n)
	case n <= soonLooks:
		return w.retry.Ceiling(1) >> (soonLooks + 1 - n)
	default:
		return w.retry.Ceiling(n - soonLooks)
	}
}

// patience is how long a canary may take to go. An answer that confirmed nothing, and
// has a code or words of its own, is most likely a refusal. One that was accepted takes
// as long as the service needs, unless others have taught already.
func (w *watch) patience(can *watched) time.Duration {
	rl := can.made.ruling
	switch {
	case rl.Accepted && len(w.gone) == 0 && w.retry.Deadline <= 0:
		return math.MaxInt64
	case rl.Accepted && len(w.gone) == 0:
		return max(w.retry.Deadline, w.Confirm)
	case rl.Verdict == policy.Doubt && !rl.Accepted && can.made.answer.Body != answer.BodyEmpty:
		return min(w.Settle, w.Confirm)
	default:
		return w.Confirm
	}
}

// unseenStop is the stop of a pass in which a deletion could not be seen. It holds
// nothing: looks were not answered, as in an outage, and a later pass may see it.
func unseenStop(id string, waited time.Duration, s lookResult) *Stop {
	return &Stop{Kind: StopCanary, Why: fmt.Sprintf("nobody can see whether task %s was really deleted, for %v: %s: %s; run again later",
		id, waited.Round(time.Second), policy.Subject(s.ruling, s.answer), s.ruling.Why)}
}
