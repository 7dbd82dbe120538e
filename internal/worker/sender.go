package worker

import (
	"context"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// sender sends DELETEs, and what helps them: requests to stop a running task, and
// renewals of a rejected credential.
type sender struct {
	*run
	service   Service
	admission *admission
	throttle  *throttle
	blame     *blame
	table     *policy.Table
	running   policy.Running
	findings  *findings
	tally     *tally
}

// exchange is one DELETE and its answer.
type exchange struct {
	answer  answer.Answer
	ruling  policy.Ruling // by the table, and by what was known
	known   knowledge     // when it was judged
	table   policy.Ruling // by the table alone
	awaited bool          // the service accepted it, and its effect is still to be seen
	shown   bool          // the answer says nothing about the run: a look has shown what it left open, or it was noted before
	ticket  policy.Ticket // the ticket it was sent with
	at      time.Time     // when it was sent
	took    time.Duration // from the permit to the ruling
	made    Exchange      // what observers see: the DELETE, also when the answer is replaced by a renewal's
}

// send admits d, sends its DELETE and judges the answer. When it can mend what the
// answer complains of, it does all that once more. When d was not sent, it returns the
// outcome instead.
func (s *sender) send(taking, sending context.Context, d queue.Delivery) (e exchange, o queue.Outcome, sent bool) {
	for again := false; ; again = true {
		c, o, ok := s.admission.admit(taking, d, e.ticket)
		if !ok {
			return exchange{ticket: c.ticket, at: s.now()}, o, false
		}
		e = s.delete(sending, d, c)
		if again || !s.mend(taking, sending, d, &e) {
			return e, o, true
		}
		s.observers.exchange(e.made, true)
		d.LastAt = e.at // it has been sent in this pass, and counts as a retry
	}
}

// delete sends one DELETE, unless there is no credential, and judges the answer.
func (s *sender) delete(sending context.Context, d queue.Delivery, c clearance) exchange {
	e := exchange{answer: c.failed, ticket: c.ticket, at: s.now()}
	if c.failed.Fault == answer.FaultNone {
		e.answer = s.request(sending, d, e.at)
	}
	e.table = s.table.Judge(e.answer)
	if c.paced {
		e.table = s.throttle.answered(c.permit, e.table, e.answer)
	}
	e.known = s.findings.snapshot()
	e.ruling = e.known.Judge(e.table, e.answer)
	e.made = exchangeOf(OpDelete, d, e.at, e.answer, e.ruling)
	e.took = e.made.Took
	s.tally.sent(e, !d.LastAt.IsZero())
	if e.answer.Fault.Sent() || e.ruling.Once {
		s.admission.leases.sent(d)
	}
	return e
}

// request makes the request of a DELETE.
func (s *sender) request(sending context.Context, d queue.Delivery, at time.Time) answer.Answer {
	place := s.underWay.begin(at)
	a := s.service.DeleteTask(sending, d.ID)
	s.underWay.end(place)
	s.move()
	return a
}

// mend does what helps d to be deleted when it is sent once more, and reports whether
// it has: it renews a rejected credential when that and not the ID is to blame, and
// stops a task that is running when it may. When a renewal fails, that replaces the
// answer.
func (s *sender) mend(taking, sending context.Context, d queue.Delivery, e *exchange) bool {
	switch {
	case e.ruling.Verdict == policy.Auth && e.answer.Fault == answer.FaultNone:
		if mayMeanAbsent(*e) || !s.blame.renews(e.answer, suspected(d)) {
			return false
		}
		renewed := s.blame.renew(sending, e.answer)
		if renewed.Fault != answer.FaultNone {
			e.answer, e.ruling = renewed, s.table.Judge(renewed)
			return false
		}
		return true
	case s.running == policy.RunningStop && e.ruling.IsRunning(e.answer):
		return s.stopTask(taking, sending, d) // else it runs on, and is asked again later
	default:
		return false
	}
}

// stopTask stops the check that d is running, unless d has come to be protected, and
// reports whether the service confirmed it.
func (s *sender) stopTask(taking, sending context.Context, d queue.Delivery) bool {
	permit, err := s.throttle.permit(taking, policy.LaneStop)
	if err != nil {
		return false
	}
	if s.service.Ready(taking).Fault != answer.FaultNone {
		s.throttle.unused(permit)
		return false
	}
	if _, ok := s.admission.guard(d); !ok || taking.Err() != nil {
		s.throttle.unused(permit)
		return false
	}
	at := s.now()
	a := s.service.StopTask(sending, d.ID)
	ruling := s.throttle.answered(permit, s.table.Judge(a), a)
	s.observers.exchange(exchangeOf(OpStop, d, at, a, ruling), false)
	s.throttle.slowFor(ruling, a)
	return ruling.Verdict == policy.Deleted // null, like a deletion
}

// deleteAgain sends the DELETE of a task that was seen to be gone. It counts as
// calibration: it is no retry, and renews no credential.
func (s *sender) deleteAgain(sending context.Context, d queue.Delivery, permit policy.Permit) (answer.Answer, policy.Ruling) {
	at := s.now()
	a := s.request(sending, d, at)
	rl := s.throttle.answered(permit, s.table.Judge(a), a)
	s.tally.calibrated(a)
	s.observers.exchange(exchangeOf(OpCalibrate, d, at, a, rl), false)
	s.throttle.slowFor(rl, a)
	return a, rl
}
