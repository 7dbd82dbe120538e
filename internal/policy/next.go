package policy

import (
	"fmt"
	"time"

	"cleaner/internal/answer"
)

// Next decides what follows from a ruling on an answer.
//
// Deleted, Gone and Never settle the ID. After Again, Auth, Halt and Doubt it is due after
// a jittered backoff. If t.Spend says so and something was sent, they cost an attempt, and
// the ID becomes a dead letter when its attempts or its deadline are used up. Later, and a
// request that was accepted, cost nothing: a running task is due after Max, a throttled one
// after the wait asked for, an accepted one after waits that grow.
//
// A wait that the service asked for is a floor under all of these. It slows every worker,
// except the wait for a running task, which is about that task.
func (r Retry) Next(rl Ruling, a answer.Answer, t Try) Step {
	s := Step{Attempts: t.Attempts, Lost: t.Lost || rl.Lost, Reason: rl.Why, Behind: rl.Behind}
	switch rl.Verdict {
	case Deleted:
		return s.settle(EndDeleted, a)
	case Gone:
		if t.Lost {
			s.Reason = "gone, an earlier request's answer was lost"
		}
		return s.settle(EndGone, a)
	case Never:
		return s.settle(EndDead, a)
	}
	floor, long := r.Floor(a)
	if rl.Verdict == Later && !rl.Slow {
		return r.ownTime(s, rl, a, t)
	}
	if long {
		return r.stop(s, floor, t)
	}
	s.Slow = floor
	switch {
	case rl.Verdict == Later:
		return r.throttled(s, floor, a, t)
	case rl.Accepted:
		return r.accepted(s, floor, t)
	case t.Spend && a.Fault.Sent():
		return r.again(s, floor, t)
	default:
		s.Due = t.Now.Add(r.Delay(t.Attempts+1, t.Jitter, floor))
		return s
	}
}

// settle ends the ID. The attempt counts if a request was sent.
func (s Step) settle(end End, a answer.Answer) Step {
	s.End = end
	if a.Fault.Sent() {
		s.Attempts++
	}
	return s
}

// again spends an attempt, and gives up when none is left or it is too late for another.
func (r Retry) again(s Step, floor time.Duration, t Try) Step {
	s.Attempts++
	switch {
	case s.Attempts >= r.Attempts:
		s.End, s.Spent = EndDead, true
		s.Reason = fmt.Sprintf("gave up after %s: %s", attempts(s.Attempts), s.Reason)
	case r.late(t):
		s.End, s.Spent = EndDead, true
		s.Reason = fmt.Sprintf("gave up at the deadline, %v after the first attempt: %s", t.Now.Sub(t.FirstAt).Round(time.Second), s.Reason)
	default:
		s.Due = t.Now.Add(r.Delay(s.Attempts, t.Jitter, floor))
	}
	return s
}

// never is longer than any pass.
const never = 100 * 365 * 24 * time.Hour

// ownTime puts back an ID that waits for a reason of its own: its task is running. When the
// reason is ours, it is due at once if we stopped, and set aside for ever if the ruling says
// that it is asked for once.
func (r Retry) ownTime(s Step, rl Ruling, a answer.Answer, t Try) Step {
	switch {
	case rl.Once:
		s.Aside, s.Due = true, t.Now.Add(never)
		return s
	case a.Fault != answer.FaultNone:
		s.Due = t.Now
		return s
	}
	floor, long := r.Floor(a)
	if long || r.Running == RunningSkip || r.late(t) {
		return r.aside(s, t)
	}
	s.Due = t.Now.Add(max(floor, r.Max))
	return s
}

// throttled puts back an ID whose answer asks everyone to slow down. How much is for the
// pace to find out: the ID itself waits as long as it was asked to, or a little, so that
// nothing is left to wait for at the end of the pass. Without a credential all wait, longer
// and longer, since there are no attempts to count.
func (r Retry) throttled(s Step, floor time.Duration, a answer.Answer, t Try) Step {
	wait := floor
	switch {
	case a.Fault == answer.FaultNone:
		s.Slow, wait = 0, max(a.RetryAfter, spread(min(r.Initial, r.Max), t.Jitter))
	case wait == 0:
		wait = r.growing(t)
		s.Slow = wait
	}
	if r.late(t) {
		return r.aside(s, t)
	}
	s.Due = t.Now.Add(wait)
	return s
}

// accepted puts back an ID whose task the service is going to delete. The waits between
// looks at it grow.
func (r Retry) accepted(s Step, floor time.Duration, t Try) Step {
	if r.late(t) {
		return r.aside(s, t)
	}
	s.Due = t.Now.Add(max(r.growing(t), floor))
	return s
}

// growing is a wait that grows with the time since the ID was first sent.
func (r Retry) growing(t Try) time.Duration {
	return spread(min(max(r.Initial, r.waited(t)), r.Max), t.Jitter)
}

// aside puts back an ID for which this pass can do nothing more.
func (r Retry) aside(s Step, t Try) Step {
	s.Aside = true
	s.Due = t.Now.Add(r.Deadline)
	return s
}

// stop puts back an ID whose answer asks for a very long wait. The ID is due earlier than
// that, so that the run which may go on tries it first.
func (r Retry) stop(s Step, wait time.Duration, t Try) Step {
	s.Stop, s.Wait = true, wait
	s.Due = t.Now.Add(r.Deadline)
	s.Reason = r.WaitTooLong(wait)
	return s
}

// WaitTooLong says why a run stops that the service asks for such a wait.
func (r Retry) WaitTooLong(wait time.Duration) string {
	limit := fmt.Sprintf("longer than retry.deadline (%v)", r.Deadline)
	if r.Deadline <= 0 || wait > absurdWait {
		limit = "longer than a day"
	}
	return fmt.Sprintf("the service asks to wait %v, %s: nothing is sent before then, unless you say cleaner release", wait.Round(time.Second), limit)
}

// waited is how long ago the ID was first sent; 0 if it never was before.
func (r Retry) waited(t Try) time.Duration {
	if t.FirstAt.IsZero() {
		return 0
	}
	return t.Now.Sub(t.FirstAt)
}

// late reports whether the deadline has passed.
func (r Retry) late(t Try) bool { return r.Deadline > 0 && r.waited(t) > r.Deadline }

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}
