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
	at     time.Time     // when it was sent
	took   time.Duration // from the permit to the verdict
}

// send sends the DELETE for d. A rejected credential is renewed and the DELETE
// sent once more. When d was not sent it returns the outcome instead.
func (w *Worker) send(taking, sending context.Context, d queue.Delivery) (exchange, queue.Outcome, bool) {
	e, o, sent := w.attempt(taking, sending, d)
	if !sent || e.ruling.Verdict != policy.Auth {
		return e, o, sent
	}
	renewed := w.Service.Renew(sending, e.answer.Credential)
	if renewed.Fault != policy.FaultNone {
		e.answer, e.ruling = renewed, w.Table.Judge(renewed)
		return e, o, true
	}
	d.LastAt = e.at // it has been sent in this pass, and counts as a retry
	return w.attempt(taking, sending, d)
}

// attempt asks whether d may be sent, and sends it.
func (w *Worker) attempt(taking, sending context.Context, d queue.Delivery) (e exchange, o queue.Outcome, sent bool) {
	if o, ok := w.admit(taking, d); !ok {
		return e, o, false
	}
	if !w.loans.spend(d) {
		w.stop(&Stop{Kind: StopMaxDeletes, Why: "the most deletes of this pass are made; the next pass continues"})
		return e, unsent(d), false
	}
	e = exchange{at: time.Now()}
	e.answer = w.Service.DeleteTask(sending, d.ID)
	e.took = time.Since(e.at)
	e.ruling = w.Table.Judge(e.answer)
	w.tally.sent(e, !d.LastAt.IsZero())
	if f := e.answer.Fault; !f.Sent() && f != policy.FaultDryRun {
		w.loans.refund(d)
	}
	return e, o, true
}

// admit asks the guard and waits for a permit. The order matters: the guard is
// asked when the permit is there, because a permit may be a long time coming; it
// is asked first as well, so that what is protected costs no permit. A permit is
// given up when a pause has begun while the guard was thinking.
func (w *Worker) admit(taking context.Context, d queue.Delivery) (o queue.Outcome, ok bool) {
	if o, ok = w.guard(d); !ok {
		return o, false
	}
	for {
		if w.Pace.Wait(taking) != nil {
			return unsent(d), false
		}
		if o, ok = w.guard(d); !ok || w.Pace.Paused().IsZero() {
			return o, ok
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
		return spared(d, rule), false
	default:
		return o, true
	}
}
