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
	made   Exchange      // as it is observed: of the DELETE, also when its answer is replaced by a renewal's
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
	case w.Retry.Running == policy.RunningStop && e.ruling.IsRunning(e.answer):
		if !w.stopTask(taking, sending, d) {
			return e, o, true // it runs on, and is asked again later
		}
	default:
		return e, o, true
	}
	w.observe(e.made, true)
	d.LastAt = e.at // it has been sent in this pass, and counts as a retry
	return w.attempt(taking, sending, d, e.ticket)
}

// stopTask stops the check that d is running, unless d has come to be protected,
// and reports whether the service confirmed it.
func (w *Worker) stopTask(taking, sending context.Context, d queue.Delivery) bool {
	if w.permitted(taking) != nil || w.Service.Ready(taking).Fault != policy.FaultNone {
		return false
	}
	if _, ok := w.guard(d); !ok || taking.Err() != nil {
		return false
	}
	at := time.Now()
	a := w.Service.StopTask(sending, d.ID)
	ruling := w.Table.Judge(a)
	w.observe(exchangeOf(OpStop, d, at, a, ruling), false)
	w.heed(ruling, a, 1)
	return ruling.Verdict == policy.Deleted // null, like a deletion
}

// attempt asks whether d may be sent, and sends it. held is the ticket that d
// has been sent with before, if it has.
func (w *Worker) attempt(taking, sending context.Context, d queue.Delivery, held policy.Ticket) (e exchange, o queue.Outcome, sent bool) {
	p, o, ok := w.admit(taking, d, held)
	e.ticket, e.at = p.ticket, time.Now()
	if !ok {
		return e, o, false
	}
	e.answer = p.failed
	if p.failed.Fault == policy.FaultNone {
		w.tally.inFlight.Add(1)
		e.answer = w.Service.DeleteTask(sending, d.ID)
		w.tally.inFlight.Add(-1)
		w.tally.move()
	}
	e.ruling = w.Table.Judge(e.answer)
	e.made = exchangeOf(OpDelete, d, e.at, e.answer, e.ruling)
	e.took = e.made.Took
	w.tally.sent(e, !d.LastAt.IsZero())
	if f := e.answer.Fault; f.Sent() || f == policy.FaultDryRun {
		w.loans.sent(d)
	}
	return e, o, true
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
