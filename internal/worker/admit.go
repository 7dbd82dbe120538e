package worker

import (
	"context"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// passport is what a request leaves with.
type passport struct {
	ticket policy.Ticket
	failed policy.Answer // no credential could be had, and this stands for the answer
}

// admit returns when d may be sent: it has a place in the budget, the far side is
// up, there is a credential and a permit, and the guard does not protect it. When
// it may not be sent, ok is false and o is its outcome.
//
// The order matters. The guard is asked when all the others are there, because
// they may be a long time coming, and nothing that waits comes after it; it is
// asked first as well, so that what is protected waits for nothing. Leave is given
// up when a pause or an outage has begun since, and so it is when the pass has
// been stopped.
func (w *Worker) admit(taking context.Context, d queue.Delivery, held policy.Ticket) (p passport, o queue.Outcome, ok bool) {
	p.ticket = held
	if o, ok = w.guard(d); !ok {
		return p, o, false
	}
	if !w.loans.spend(taking, d) {
		w.stop(&Stop{Kind: StopMaxDeletes, Why: "the most deletes of this pass are made; the next pass continues"})
		return p, unsent(d), false
	}
	for {
		if err := w.leave(taking, &p); err != nil || p.failed.Fault == policy.FaultStopped {
			return p, unsent(d), false
		}
		if p.failed.Fault != policy.FaultNone {
			return p, o, true
		}
		if o, ok = w.guard(d); !ok {
			return p, o, false
		}
		if taking.Err() != nil {
			return p, unsent(d), false
		}
		if w.Pace.Paused().IsZero() && w.watch.holds(p.ticket) {
			return p, o, true
		}
	}
}

// leave waits for the far side to be up, for a credential and for a permit. The
// credential is looked at again after the permit, which may be a long time coming.
func (w *Worker) leave(taking context.Context, p *passport) (err error) {
	defer w.tally.rest()()
	if p.ticket, err = w.watch.admit(taking, p.ticket); err != nil {
		return err
	}
	if p.failed = w.Service.Ready(taking); p.failed.Fault != policy.FaultNone {
		return nil
	}
	if err = w.Pace.Wait(taking); err != nil {
		return err
	}
	p.failed = w.Service.Ready(taking)
	return nil
}
