package policy

import (
	"fmt"
	"time"
)

// Asked names the request that an answer belongs to.
type Asked struct {
	Seq    int64  // the ID's number, the same each time the ID is sent
	Ticket Ticket // what the request left with
	Seen   Seen   // how often it had been tried before
}

// Outage is what an answer says about the far side as a whole.
type Outage struct {
	// Spare says that the ID does not pay for the answer, because the far side is
	// at fault or may be.
	Spare bool
	// Changed says that the breaker opened or closed, or that a probe failed.
	Changed bool
	// Stop says that the run must stop and leave everything pending, and Why
	// tells the operator the reason.
	Stop bool
	Why  string
}

// Note takes the answer to one request into account, and ends the probe if it
// was one. An Auth ruling is to be noted only when the credential had already
// been renewed for this task.
//
// A failure is spared while the breaker is open, and when nothing can have been
// sent. It is spared as well when it follows another without a clearing answer
// in between, and the ID fails for the first time in this pass or is among as
// many that failed before as there are of the others: so an outage costs one ID
// one attempt before the breaker opens, and none if it was there when the pass
// began.
//
// There is one exception. An ID that was tried in an earlier pass, and fails when
// it is first asked for in this one, pays for that whatever the breaker says,
// unless nothing can have been sent. Those that are left at the end of a pass and
// always fail open the breaker by themselves, and nobody can tell them from an
// outage; so they are dead letters after as many further passes as they have
// attempts left, and an outage costs what was left over from yesterday one attempt
// a pass.
func (b *Breaker) Note(rl Ruling, a Answer, q Asked, now time.Time) Outage {
	probed := b.GiveBack(q.Ticket)
	switch {
	case answered(rl, a):
		return b.clear(q, now)
	case rl.Verdict == Again && !ours(a.Fault):
		return b.fail(rl, a, q, probed, now)
	case probed && a.Fault.Sent(): // it cost the far side a request
		b.state.Next = now.Add(b.interval())
	}
	return Outage{Spare: b.state.Open}
}

// clear notes an answer that shows the far side at work.
func (b *Breaker) clear(q Asked, now time.Time) Outage {
	b.Forget(q.Seq)
	b.cleared, b.calm, b.first, b.repeats, b.unsent = true, true, 0, 0, 0
	if !b.state.Open {
		return Outage{}
	}
	b.state = BreakerState{Since: now}
	b.probe = 0
	return Outage{Changed: true}
}

// fail notes a failure.
func (b *Breaker) fail(rl Ruling, a Answer, q Asked, probed bool, now time.Time) Outage {
	unsent, again := !a.Fault.Sent(), b.remember(q)
	spare := b.count(unsent, again) || b.state.Open
	if q.Seen == SeenBefore && !unsent {
		spare = false
	}
	if !again || unsent {
		b.excuse = now
	}
	why := Subject(rl, a) + ": " + rl.Why
	if !b.state.Open {
		return Outage{Spare: spare, Changed: b.open(why, now)}
	}
	b.state.Why = why
	if probed {
		b.state.Probes++
		b.state.Next = now.Add(b.interval())
	}
	over := b.over(now)
	return Outage{Spare: spare, Changed: probed, Stop: over != "", Why: over}
}

// count counts a failure, and reports whether it is spared also by a closed
// breaker.
func (b *Breaker) count(unsent, again bool) bool {
	calm := b.calm // a clearing answer came right before: the ID stands alone
	b.calm = false
	if unsent {
		b.unsent++
	}
	switch {
	case !again:
		b.first++
		return unsent || !calm
	case calm:
		return unsent
	default:
		b.repeats++
		return unsent || b.repeats <= b.first
	}
}

// remember notes that an ID failed, and reports whether it had failed before.
func (b *Breaker) remember(q Asked) bool {
	_, again := b.failed[q.Seq]
	if b.failed == nil {
		b.failed = map[int64]struct{}{}
	}
	b.failed[q.Seq] = struct{}{}
	return again
}

// open opens the breaker if enough has failed, and reports whether it did.
func (b *Breaker) open(why string, now time.Time) bool {
	if b.first < failuresToOpen && b.unsent < unsentToOpen {
		return false
	}
	b.state = BreakerState{Open: true, Since: now, Why: why, Next: now.Add(b.Retry.Ceiling(1))}
	b.excuse = now
	return true
}

// interval is the time from one probe's answer to the next probe.
func (b *Breaker) interval() time.Duration { return b.Retry.Ceiling(b.state.Probes + 1) }

// over says why an open breaker is waited for no longer; "" when it is.
//
// In a pass that the service has answered well there is no end by itself, with
// one exception. When for as long as the deadline every probe has failed for an
// ID that had failed before, while connections were made, those that are left
// may just as well be to blame themselves: nobody can tell, no other ID comes to
// show it, and the pass must not hang for ever.
func (b *Breaker) over(now time.Time) string {
	open, same := now.Sub(b.state.Since), now.Sub(b.excuse)
	switch {
	case b.Retry.Deadline <= 0:
		return ""
	case !b.cleared && open >= b.Retry.Deadline:
		return fmt.Sprintf("the far side has answered nothing well in this pass, and failed for %v, since %s; last %s: check the network, service.endpoint and the state of the service, and run again",
			open.Round(time.Second), b.state.Since.UTC().Format(time.RFC3339), b.state.Why)
	case same >= b.Retry.Deadline:
		return fmt.Sprintf("all that is left fails again and again, for %v, since %s; last %s: the far side is down or these tasks are beyond it, run again with others beside them",
			open.Round(time.Second), b.state.Since.UTC().Format(time.RFC3339), b.state.Why)
	default:
		return ""
	}
}

// answered reports whether the service answered about the task, and not that it
// should be asked again.
func answered(rl Ruling, a Answer) bool {
	switch rl.Verdict {
	case Deleted, Gone, Never:
		return a.Fault == FaultNone
	case Later:
		return a.Fault == FaultNone && !rl.Slow
	default:
		return false
	}
}

// ours reports whether it was we who did not wait, did not ask or could not log
// in.
func ours(f Fault) bool {
	switch f {
	case FaultLogin, FaultRefused, FaultInvalid, FaultCanceled, FaultStopped, FaultDryRun:
		return true
	default:
		return false
	}
}
