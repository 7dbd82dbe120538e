package worker

import (
	"context"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// exchange is one DELETE and its answer.
type exchange struct {
	answer policy.Answer
	ruling policy.Ruling
	ticket policy.Ticket // what it left with, or would have
	at     time.Time     // when it was sent
	took   time.Duration // from the permit to the verdict
}

// send sends the DELETE for d. A rejected credential is renewed, and a running
// task stopped if that was chosen; then the DELETE is sent once more. When d was
// not sent it returns the outcome instead.
func (w *Worker) send(taking, sending context.Context, d queue.Delivery) (exchange, queue.Outcome, bool) {
	e, o, sent := w.attempt(taking, sending, d, 0)
	if !sent {
		return e, o, false
	}
	switch {
	case e.ruling.Verdict == policy.Auth:
		renewed := w.Service.Renew(sending, e.answer.Credential)
		if renewed.Fault != policy.FaultNone {
			e.answer, e.ruling = renewed, w.Table.Judge(renewed)
			return e, o, true
		}
	case e.ruling.IsRunning(e.answer) && w.Retry.Running == policy.RunningStop:
		if !w.stopTask(taking, sending, d) {
			return e, o, true // it runs on, and is asked again later
		}
	default:
		return e, o, true
	}
	d.LastAt = e.at // it has been sent in this pass, and counts as a retry
	return w.attempt(taking, sending, d, e.ticket)
}

// stopTask stops the check that d is running, unless d has come to be protected,
// and reports whether the service confirmed it.
func (w *Worker) stopTask(taking, sending context.Context, d queue.Delivery) bool {
	if w.Pace.Wait(taking) != nil {
		return false
	}
	if _, ok := w.guard(d); !ok {
		return false
	}
	return w.Table.Judge(w.Service.StopTask(sending, d.ID)).Verdict == policy.Deleted // null, like a deletion
}

// attempt asks whether d may be sent, and sends it. held is the ticket that d
// has been sent with before, if it has.
func (w *Worker) attempt(taking, sending context.Context, d queue.Delivery, held policy.Ticket) (e exchange, o queue.Outcome, sent bool) {
	ticket, o, ok := w.admit(taking, d, held)
	e.ticket = ticket
	if !ok {
		return e, o, false
	}
	if !w.loans.spend(d) {
		w.stop(&Stop{Kind: StopMaxDeletes, Why: "the most deletes of this pass are made; the next pass continues"})
		return e, unsent(d), false
	}
	e.at = time.Now()
	e.answer = w.Service.DeleteTask(sending, d.ID)
	e.took = time.Since(e.at)
	e.ruling = w.Table.Judge(e.answer)
	w.tally.sent(e, !d.LastAt.IsZero())
	if f := e.answer.Fault; !f.Sent() && f != policy.FaultDryRun {
		w.loans.refund(d)
	}
	return e, o, true
}

// admit asks the guard, and waits for the far side to be up and for a permit.
// The order matters: the guard is asked when both are there, because they may be
// a long time coming; it is asked first as well, so that what is protected waits
// for nothing. Leave is given up when a pause or an outage has begun since.
func (w *Worker) admit(taking context.Context, d queue.Delivery, t policy.Ticket) (_ policy.Ticket, o queue.Outcome, ok bool) {
	if o, ok = w.guard(d); !ok {
		return t, o, false
	}
	for {
		var err error
		if t, err = w.watch.admit(taking, t); err != nil {
			return t, unsent(d), false
		}
		if w.Pace.Wait(taking) != nil {
			return t, unsent(d), false
		}
		if o, ok = w.guard(d); !ok || w.Pace.Paused().IsZero() && w.watch.holds(t) {
			return t, o, ok
		}
	}
}

// guard asks whether d is protected. If it is, or if nobody can say, it returns
// the outcome.
func (w *Worker) guard(d queue.Delivery) (o queue.Outcome, ok bool) {
	if w.Guard == nil {
		return o, true
	}
	rule, protected, err := w.Guard.Protects(d.ID)
	switch {
	case err != nil:
		w.stop(&Stop{Kind: StopGuard, Why: err.Error()})
		return unsent(d), false
	case protected:
		return spared(d, rule, w.now()), false
	default:
		return o, true
	}
}
