package worker

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// looks is how often a canary is looked for before the pass is stopped: a
// deletion may show a little later than it is confirmed.
const looks = 5

// confirm looks a second time at one of the first tasks of the pass that the
// service says it deleted. One that is seen to be gone lets the pass go on;
// otherwise the pass stops, and the ID stays pending.
func (w *Worker) confirm(sending context.Context, o queue.Outcome) queue.Outcome {
	if o.State != queue.Deleted || !w.loans.isCanary() {
		return o
	}
	d := o.Delivery
	sight, last := w.look(sending, d)
	if sight == policy.Absent {
		w.loans.confirmed()
		return o
	}
	why := fmt.Sprintf("the service confirmed that it deleted task %s, and the task is still there: find out what this service deletes before you go on", d.ID)
	if sight == policy.Unclear {
		why = fmt.Sprintf("nobody can see whether task %s was really deleted (%s): grant codeartscheck:task:get, or set safety.canary: 0 to believe the service",
			d.ID, w.Table.Judge(last).Why)
	}
	w.stop(&Stop{Kind: StopCanary, Why: why})
	o.State, o.Due, o.Lost, o.Reason = queue.Pending, w.now(), true, "the deletion could not be confirmed"
	return o
}

// look looks until the task is gone, or often enough. While there are canaries
// hardly anything else is under way, so here a worker does wait.
func (w *Worker) look(ctx context.Context, d queue.Delivery) (sight policy.Sight, a policy.Answer) {
	for n := 1; ; n++ {
		if w.Pace.Wait(ctx) != nil {
			return policy.Unclear, policy.Answer{Fault: policy.FaultStopped}
		}
		a = w.Service.LookAtTask(ctx, d.ID)
		ruling := w.Table.Judge(a)
		if sight = policy.See(ruling, a); sight == policy.Absent || n == looks {
			return sight, a
		}
		if ruling.Verdict == policy.Auth {
			w.Service.Renew(ctx, a.Credential)
		}
		floor, _ := w.Retry.Floor(a)
		waitFor(ctx, nil, time.Now().Add(max(w.Retry.Ceiling(n), floor)))
	}
}
