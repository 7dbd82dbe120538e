package policy

import (
	"fmt"
	"time"

	"cleaner/internal/answer"
)

// Seen says how often a task ID had been tried when an answer came.
type Seen int

// The histories of an ID.
const (
	SeenNever  Seen = iota // never tried before
	SeenBefore             // tried in an earlier pass, and not yet in this one
	SeenInPass             // tried in this pass already
)

// Asked names the request that an answer belongs to.
type Asked struct {
	Seq    int64  // the ID's number, the same each time the ID is sent
	Ticket Ticket // the ticket it was sent with
	Seen   Seen   // how often it had been tried before
}

// Outage is what follows from an answer for the far side as a whole.
type Outage struct {
	// Spare says that the answer costs the ID no attempt, because the far side is or may
	// be at fault.
	Spare bool
	// Changed says that the breaker opened or closed, or that a probe failed.
	Changed bool
	// Stop says that the run must stop and leave everything pending, and Why
	// is the reason, for the operator.
	Stop bool
	Why  string
}

// Note takes the answer to one request into account, and ends the probe if it was one. An
// Auth ruling must be noted only when the credential had already been renewed for this
// task.
//
// A failure costs no attempt while the breaker is open, and when nothing can have been
// sent. It costs none either when it follows another failure without a clearing answer in
// between, and the ID fails for the first time in this pass, or repeated failures are not
// more than first ones. So an outage costs one ID one attempt before the breaker opens, and
// none if it had begun before the pass.
//
// There is one exception. When an ID that was tried in an earlier pass fails at its first
// request in this one, that costs an attempt whatever the breaker says, unless nothing can
// have been sent. IDs that always fail, and are left at the end of a pass, open the breaker
// by themselves, and cannot be told from an outage. With this exception they become dead
// letters after as many further passes as they have attempts left; in return an outage
// costs the IDs that an earlier pass left over one attempt a pass.
func (b *Breaker) Note(rl Ruling, a answer.Answer, q Asked, now time.Time) Outage {
	probed := b.GiveBack(q.Ticket)
	switch {
	case answered(rl, a):
		return b.clear(q, now)
	case rl.Verdict == Again && !isLocalFault(a.Fault):
		return b.fail(rl, a, q, probed, now)
	case probed && a.Fault.Sent(): // it cost the far side a request
		b.state.Next = now.Add(b.interval())
	}
	return Outage{Spare: b.state.Open}
}

// clear notes an answer that shows the far side at work.
func (b *Breaker) clear(q Asked, now time.Time) Outage {
	b.Forget(q.Seq)
	b.cleared, b.calm, b.failures = true, true, failures{}
	if !b.state.Open {
		return Outage{}
	}
	b.state = BreakerState{Since: now}
	b.probe = 0
	return Outage{Changed: true}
}

// fail notes a failure.
func (b *Breaker) fail(rl Ruling, a answer.Answer, q Asked, probed bool, now time.Time) Outage {
	unsent, again := !a.Fault.Sent(), b.remember(q)
	spare := b.count(unsent, again) || b.state.Open
	if q.Seen == SeenBefore && !unsent {
		spare = false
	}
	if !again || unsent {
		b.excuse = now
	}
	why := Subject(rl, a) + ": " + rl.Why
	b.noHost = a.Fault == answer.FaultNoHost
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

// count counts a failure, and reports whether it costs no attempt even if the breaker is
// closed.
func (b *Breaker) count(unsent, again bool) bool {
	calm := b.calm // a clearing answer came right before: the ID fails alone
	b.calm = false
	n := &b.failures
	if unsent {
		n.unsent++
	}
	switch {
	case !again:
		n.first++
		return unsent || !calm
	case calm:
		return unsent
	default:
		n.repeats++
		return unsent || n.repeats <= n.first
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
	if b.failures.first < failuresToOpen && b.failures.unsent < unsentToOpen {
		return false
	}
	b.state = BreakerState{Open: true, Since: now, Why: why, Next: now.Add(b.Retry.Ceiling(1))}
	b.excuse = now
	return true
}

// NoHostPatience is how long a pass goes on when the host name does not exist and no
// request has ever succeeded: the name is probably misspelt.
const NoHostPatience = 30 * time.Second

// interval is the time from one probe's answer to the next probe.
func (b *Breaker) interval() time.Duration { return b.Retry.Ceiling(b.state.Probes + 1) }

// over says why the pass no longer waits for an open breaker to close; empty while it
// waits.
//
// Once an answer has cleared in the pass it waits without end, with one exception. When
// for as long as the deadline every probe was an ID that had failed before, and failed
// although there were connections, the remaining IDs may as well be to blame themselves.
// No other ID is left to show it, and the pass must not hang for ever.
func (b *Breaker) over(now time.Time) string {
	open, same := now.Sub(b.state.Since), now.Sub(b.excuse)
	switch {
	case b.noHost && !b.cleared && open >= NoHostPatience:
		return fmt.Sprintf("the host name does not exist, for %v, and nothing was answered before; last %s: check service.endpoint, service.region and the name server",
			open.Round(time.Second), b.state.Why)
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
func answered(rl Ruling, a answer.Answer) bool {
	switch rl.Verdict {
	case Deleted, Gone, Never, Doubt:
		return a.Fault == answer.FaultNone
	case Again: // it is about this task alone
		return a.Fault == answer.FaultNone && rl.Behind
	case Later:
		return a.Fault == answer.FaultNone && !rl.Slow
	default:
		return false
	}
}

// isLocalFault reports whether the fault is on our side: we did not wait, did not ask or could not
// log in.
func isLocalFault(f answer.Fault) bool {
	return f.Own() || f == answer.FaultLogin || f == answer.FaultRefused || f == answer.FaultInvalid
}
