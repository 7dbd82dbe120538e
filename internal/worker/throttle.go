package worker

import (
	"context"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// throttle grants a permit to each request, and slows all requests down when an answer
// asks for that.
type throttle struct {
	*run
	pacer Pacer
	retry policy.Retry
	idle  *idle
}

// permit returns when one request of a lane may be sent, or with the error of ctx. Each
// permit is given to answered, or to unused.
func (t *throttle) permit(ctx context.Context, of policy.Lane) (policy.Permit, error) {
	defer t.rest()()
	return t.acquire(ctx, of)
}

// acquire is permit for a caller that rests already.
func (t *throttle) acquire(ctx context.Context, of policy.Lane) (policy.Permit, error) {
	if of == policy.LaneDelete {
		t.idle.begin()
		defer t.idle.end()
	}
	return t.pacer.Acquire(ctx, of)
}

// answered has the pace take an answer into account, and returns what it means: a failure
// that comes only above some rate is a throttle.
func (t *throttle) answered(of policy.Permit, rl policy.Ruling, a answer.Answer) policy.Ruling {
	if t.pacer.Note(of, policy.PaceReplyOf(rl, a)) {
		return policy.Overrun(rl)
	}
	return rl
}

// unused gives back a permit with which nothing was sent.
func (t *throttle) unused(of policy.Permit) {
	t.pacer.Note(of, policy.PaceReply{End: policy.PaceLost})
}

// paused reports whether no request may be sent for now.
func (t *throttle) paused() bool { return !t.pacer.Paused().IsZero() }

// slow grants no permit for that long.
func (t *throttle) slow(d time.Duration) { t.pacer.Pause(d) }

// slowFor slows the pass down as far as the answer to a look, or to a request to stop a
// task, asks for. When the wait is too long for this pass, the pass stops.
func (t *throttle) slowFor(rl policy.Ruling, a answer.Answer) {
	floor, long := t.retry.Floor(a)
	switch {
	case long:
		t.stop(t.tooLong(floor))
	case rl.Slow && a.Fault == answer.FaultNone: // the pace knows
	case floor == 0 && rl.Slow:
		t.slow(t.retry.Ceiling(1))
	default:
		t.slow(floor)
	}
}

// tooLong is the stop of a pass that was asked for a very long wait.
func (t *throttle) tooLong(wait time.Duration) *Stop {
	return &Stop{Kind: StopThrottle, Why: t.retry.WaitTooLong(wait), Until: t.now().Add(wait)}
}
