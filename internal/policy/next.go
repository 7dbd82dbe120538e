package policy

import (
	"fmt"
	"time"
)

// Next decides what follows from a ruling on an answer.
//
// Deleted, Gone and Never settle the ID. Again, Auth and Halt are due after a
// jittered backoff; if t.Spend says so they spend an attempt, and the ID ends as a
// dead letter when attempts or deadline are used up. Later spends nothing: a
// running task is due after Max, a throttled one after the wait asked for.
//
// A wait that the service asked for is a floor under all of these. It slows
// every worker, unless it is a running task's: that one is about the task.
func (r Retry) Next(rl Ruling, a Answer, t Try) Step {
	s := Step{Attempts: t.Attempts, Lost: t.Lost || rl.Lost, Reason: rl.Why}
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
	floor, absurd := r.Floor(a)
	if rl.Verdict == Later && !rl.Slow {
		return r.ownTime(s, a, t)
	}
	if absurd {
		return r.stop(s, floor, t)
	}
	s.Slow = floor
	switch {
	case rl.Verdict == Later:
		return r.throttled(s, floor, t)
	case t.Spend:
		return r.again(s, floor, t)
	default:
		s.Due = t.Now.Add(r.Delay(t.Attempts+1, t.Jitter, floor))
		return s
	}
}

// settle ends the ID. The attempt counts if a request was sent.
func (s Step) settle(end End, a Answer) Step {
	s.End = end
	if a.Fault.Sent() {
		s.Attempts++
	}
	return s
}

// again spends an attempt, and gives up when there is none left or it is too
// late for another.
func (r Retry) again(s Step, floor time.Duration, t Try) Step {
	s.Attempts++
	switch {
	case s.Attempts >= r.Attempts:
		s.End = EndDead
		s.Reason = fmt.Sprintf("gave up after %s: %s", attempts(s.Attempts), s.Reason)
	case r.late(t):
		s.End = EndDead
		s.Reason = fmt.Sprintf("gave up at the deadline, %v after the first attempt: %s", t.Now.Sub(t.FirstAt).Round(time.Second), s.Reason)
	default:
		s.Due = t.Now.Add(r.Delay(s.Attempts, t.Jitter, floor))
	}
	return s
}

// never is longer than any pass: what was rehearsed is not rehearsed again.
const never = 100 * 365 * 24 * time.Hour

// ownTime puts back an ID that has a reason of its own to wait: its task is
// running. Where we are the reason it is due at once because we stopped, and
// set aside because it was rehearsed.
func (r Retry) ownTime(s Step, a Answer, t Try) Step {
	switch a.Fault {
	case FaultNone:
	case FaultDryRun:
		s.Aside, s.Due = true, t.Now.Add(never)
		return s
	default:
		s.Due = t.Now
		return s
	}
	floor, absurd := r.Floor(a)
	if absurd || r.Running == RunningSkip || r.late(t) {
		return r.aside(s, t)
	}
	s.Due = t.Now.Add(max(floor, r.Max))
	return s
}

// throttled puts back an ID whose answer asks everyone to slow down. When it
// does not say for how long, the wait grows with the time already waited, as
// there are no attempts to count.
func (r Retry) throttled(s Step, floor time.Duration, t Try) Step {
	wait := floor
	if wait == 0 {
		ceiling := min(max(r.Initial, r.waited(t)), r.Max)
		wait = spread(ceiling, t.Jitter)
	}
	s.Slow = wait
	if r.late(t) {
		return r.aside(s, t)
	}
	s.Due = t.Now.Add(wait)
	return s
}

// aside puts back an ID that this pass has done what it can for.
func (r Retry) aside(s Step, t Try) Step {
	s.Aside = true
	s.Due = t.Now.Add(r.Deadline)
	return s
}

// stop puts back an ID whose answer asks for an absurd wait. The ID is due
// earlier than asked for, so that the next run finds out how things stand.
func (r Retry) stop(s Step, floor time.Duration, t Try) Step {
	s.Stop = true
	s.Due = t.Now.Add(r.Deadline)
	s.Reason = r.Absurd(floor)
	return s
}

// Absurd says why a run stops that was asked for such a wait.
func (r Retry) Absurd(wait time.Duration) string {
	return fmt.Sprintf("the service asks to wait %v, longer than retry.deadline (%v): run again later", wait.Round(time.Second), r.Deadline)
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
