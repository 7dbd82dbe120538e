package worker

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// looks is how often a canary is looked for before the pass is stopped: a
// deletion may show a little later than it is confirmed. What only asks for
// patience does not count, see patient.
const looks = 5

// sighting is what a look at a canary showed.
type sighting struct {
	sight  policy.Sight
	answer policy.Answer // to the look, or in its place why no credential could be had
	ruling policy.Ruling // of the answer
}

// patient reports whether the answer only asks for patience: it says later or
// again, or none came.
func (s sighting) patient() bool {
	return s.sight == policy.Unclear && (s.ruling.Verdict == policy.Again || s.ruling.Verdict == policy.Later)
}

// confirm looks a second time at one of the first tasks of the pass that the
// service says it deleted. One that is seen to be gone lets the pass go on;
// otherwise the pass stops, and the ID stays pending.
func (w *Worker) confirm(sending context.Context, o queue.Outcome) queue.Outcome {
	if o.State != queue.Deleted || !w.loans.isCanary() {
		return o
	}
	s := w.look(sending, o.Delivery)
	if s.sight == policy.Absent {
		w.loans.confirmed()
		return o
	}
	w.stop(s.stop(o.Delivery.ID))
	o.State, o.Due, o.Lost, o.Reason = queue.Pending, w.now(), true, "the deletion could not be confirmed"
	return o
}

// look looks until the task is gone or often enough, and asks a service that has
// no time for as long as an ID has within a pass. While there are canaries hardly
// anything else is under way, so here a worker does wait.
func (w *Worker) look(ctx context.Context, d queue.Delivery) sighting {
	began, counted := time.Now(), 0
	for n := 1; ; n++ {
		s, made := w.lookOnce(ctx, d)
		if !s.patient() || w.Retry.Deadline <= 0 {
			counted++
		}
		last := s.sight == policy.Absent || counted == looks || s.answer.Fault == policy.FaultRefused ||
			ctx.Err() != nil || w.Retry.Deadline > 0 && time.Since(began) >= w.Retry.Deadline
		if !last {
			last = w.heed(s.ruling, s.answer, n)
		}
		w.observe(made, !last)
		if last {
			return s
		}
		w.sleep(ctx, w.Retry.Ceiling(n))
	}
}

// lookOnce looks once, and renews a credential that was rejected. When none can be
// had, that is what it saw.
func (w *Worker) lookOnce(ctx context.Context, d queue.Delivery) (sighting, Exchange) {
	if w.permitted(ctx) != nil {
		stopped := policy.Answer{Fault: policy.FaultStopped}
		return sighting{answer: stopped}, exchangeOf(OpLook, d, time.Now(), stopped, policy.Ruling{})
	}
	at := time.Now()
	s := w.see(w.Service.LookAtTask(ctx, d.ID))
	made := exchangeOf(OpLook, d, at, s.answer, s.ruling)
	made.Seen = s.sight == policy.There
	if s.ruling.Verdict == policy.Auth {
		if renewed := w.Service.Renew(ctx, s.answer.Credential); renewed.Fault != policy.FaultNone {
			s = w.see(renewed)
		}
	}
	return s, made
}

func (w *Worker) see(a policy.Answer) sighting {
	rl := w.Table.Judge(a)
	return sighting{policy.See(rl, a), a, rl}
}

// heed slows everyone down as an answer to what is no DELETE asks, the nth in a
// row. It stops the pass, and says so, when the wait asked for is absurd.
func (w *Worker) heed(rl policy.Ruling, a policy.Answer, n int) (stopped bool) {
	floor, absurd := w.Retry.Floor(a)
	switch {
	case absurd:
		w.stop(&Stop{Kind: StopThrottle, Why: w.Retry.Absurd(floor)})
	case floor == 0 && rl.Slow:
		w.Pace.Pause(w.Retry.Ceiling(n))
	default:
		w.Pace.Pause(floor)
	}
	return absurd
}

// permitted waits for a permit.
func (w *Worker) permitted(ctx context.Context) error {
	defer w.tally.rest()()
	return w.Pace.Wait(ctx)
}

// sleep waits that long, or until ctx ends.
func (w *Worker) sleep(ctx context.Context, d time.Duration) {
	defer w.tally.rest()()
	waitFor(ctx, nil, time.Now().Add(d))
}

// stop is how the pass ends that could not see the task go.
func (s sighting) stop(id string) *Stop {
	if s.sight == policy.There {
		return &Stop{Kind: StopCanary, Why: fmt.Sprintf("the service confirmed that it deleted task %s, and the task is still there: find out what this service deletes before you go on", id)}
	}
	kind := StopCanary
	do := cmp.Or(s.ruling.Do, "find out what this answer means, or set safety.canary: 0 to believe the service")
	switch {
	case s.answer.Fault == policy.FaultRefused:
		kind = StopCredentials
	case s.patient():
		do = "it went on for too long, run again later"
	case s.ruling.Verdict == policy.Halt && s.answer.Fault == policy.FaultNone:
		do = "grant codeartscheck:task:get, or set safety.canary: 0 to believe the service"
	}
	return &Stop{Kind: kind, Why: fmt.Sprintf("nobody can see whether task %s was really deleted: %s: %s; %s",
		id, policy.Subject(s.ruling, s.answer), s.ruling.Why, do)}
}
