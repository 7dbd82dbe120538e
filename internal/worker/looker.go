package worker

import (
	"context"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// looker looks at tasks, and says what the looks prove.
type looker struct {
	*run
	service  Service
	throttle *throttle
	blame    *blame
	table    *policy.Table
	findings *findings
	controls *controls
	leases   *leases // has tasks to compare with
	tally    *tally
}

// lookResult is what one look at a task showed.
type lookResult struct {
	sight  policy.Sight
	answer answer.Answer // to the look, or why there is no credential
	ruling policy.Ruling // of the answer, by the table
	at     time.Time     // when it was answered
}

// stopped reports whether the look was not made because the pass is stopping.
func (s lookResult) stopped() bool {
	return s.answer.Fault == answer.FaultStopped || s.answer.Fault == answer.FaultCanceled
}

// teaches reports whether the answer may be how the service answers for a task that is
// not there.
func (s lookResult) teaches() bool { return policy.Teaches(s.ruling, s.answer) }

// rejected reports whether the service rejected the look: that may be about this task
// alone.
func (s lookResult) rejected() bool {
	return s.answer.Fault == answer.FaultNone && (s.ruling.Verdict == policy.Auth || s.ruling.Verdict == policy.Halt)
}

// leavesOpen reports whether the answer leaves open whether the task is running: it was
// rejected, or the service failed. Then no DELETE may follow where running tasks must
// be left alone, and the answer counts as one to a DELETE would.
func (s lookResult) leavesOpen() bool {
	switch s.ruling.Verdict {
	case policy.Again, policy.Auth, policy.Halt, policy.Later:
		return s.sight == policy.Unclear
	default:
		return false
	}
}

// look looks at d once. It takes a permit as every request does, and is not made once
// taking has ended: after a stop nothing more is asked. A rejected credential is
// renewed when that and not the task is to blame, and the look made once more.
func (l *looker) look(taking, sending context.Context, d queue.Delivery) lookResult {
	s, made := l.lookOnce(taking, sending, d)
	l.applyLook(s, made)
	return s
}

// lookWithoutRenewal looks at one of several tasks that are looked at in parallel and may
// all be gone. A rejection may be how the service answers then: it does not count against
// the credential, and renews none.
func (l *looker) lookWithoutRenewal(taking, sending context.Context, d queue.Delivery) lookResult {
	s, made := l.request(taking, sending, d)
	l.applyLook(s, made)
	return s
}

// applyLook slows the pace down as the answer to a look asks, and observes the look.
func (l *looker) applyLook(s lookResult, made Exchange) {
	l.throttle.slowFor(s.ruling, s.answer)
	l.observers.exchange(made, s.sight != policy.Absent)
}

// lookOnce makes one request and judges its answer, and another when the credential
// was rejected and has been renewed.
func (l *looker) lookOnce(taking, sending context.Context, d queue.Delivery) (lookResult, Exchange) {
	s, made := l.request(taking, sending, d)
	if s.sight != policy.Unclear || s.ruling.Verdict != policy.Auth || !l.blame.renews(s.answer, suspected(d)) {
		return s, made
	}
	if renewed := l.blame.renew(sending, s.answer); renewed.Fault != answer.FaultNone {
		return l.see(renewed), made
	}
	l.observers.exchange(made, true)
	return l.request(taking, sending, d)
}

// request makes one look.
func (l *looker) request(taking, sending context.Context, d queue.Delivery) (lookResult, Exchange) {
	permit, failed := l.ready(taking)
	at := l.now()
	if failed.Fault != answer.FaultNone {
		s := l.see(failed)
		return s, exchangeOf(OpLook, d, at, failed, s.ruling)
	}
	s := l.see(l.service.LookAtTask(sending, d.ID))
	s.ruling = l.throttle.answered(permit, s.ruling, s.answer)
	l.tally.looks.Add(1)
	l.move()
	made := exchangeOf(OpLook, d, at, s.answer, s.ruling)
	made.Seen, made.Absent = s.sight == policy.There, s.sight == policy.Absent
	l.blame.accept(s.ruling, s.answer)
	if s.sight == policy.There {
		l.controls.sawLive(l.now())
	}
	return s, made
}

// ready waits for a permit and a credential. FaultNone says that a look may be made.
func (l *looker) ready(taking context.Context) (policy.Permit, answer.Answer) {
	permit, err := l.throttle.permit(taking, policy.LaneLook)
	if err != nil {
		return permit, answer.Answer{Fault: answer.FaultStopped}
	}
	failed := answer.Answer{Fault: answer.FaultStopped}
	if taking.Err() == nil {
		failed = l.service.Ready(taking)
	}
	if failed.Fault != answer.FaultNone {
		l.throttle.unused(permit)
	}
	return permit, failed
}

// see judges the answer to a look by the table and by what was learned.
func (l *looker) see(a answer.Answer) lookResult {
	rl := l.table.Judge(a)
	return lookResult{l.findings.know().See(a), a, rl, l.now()}
}

// provesAbsence reports whether a look shows that the task is not there. ours says that
// its deletion was confirmed or accepted. An answer that may also mean a fault proves it
// only when a live task is seen after it. An answer that may mean that this task is
// forbidden proves it only when the deletion is ours.
func (l *looker) provesAbsence(taking, sending context.Context, s lookResult, ours bool) bool {
	switch {
	case s.sight != policy.Absent, !ours && policy.MayBeForbidden(s.ruling, s.answer):
		return false
	case policy.NeedsControl(s.ruling, s.answer):
		return l.seesLive(taking, sending, s.at)
	default:
		return true
	}
}

// maxControls is how many tasks are looked at, at the most, to see a live one.
const maxControls = 3

// seesLive reports whether a live task was seen after since. When there is none left to
// look at, one that was seen shortly before will do.
func (l *looker) seesLive(taking, sending context.Context, since time.Time) bool {
	if l.controls.sawLiveAfter(since) {
		return true
	}
	for i := range maxControls {
		d, ok := l.leases.peek(i)
		if !ok {
			return i == 0 && l.controls.sawLiveAfter(since.Add(-liveFor))
		}
		if s := l.look(taking, sending, d); s.sight == policy.There || s.stopped() {
			return s.sight == policy.There
		}
	}
	return false
}

// comparesAbsence reports whether absence looks like a fault here, so that a live task
// is needed to compare with.
func comparesAbsence(t *policy.Table, known policy.Learned) bool {
	sign := known.Look
	if sign.IsZero() {
		return false
	}
	a := answer.Answer{Status: sign.Status, Codes: sign.Codes, Body: sign.Body}
	return policy.NeedsControl(t.Judge(a), a)
}

// liveFor is how long a task that was seen to be there shows that the service answers
// about tasks at all, when there is no other to look at.
const liveFor = 30 * time.Second

// controls keeps what is known of live tasks, with which others are compared.
type controls struct {
	mu     sync.Mutex // guards what follows
	liveAt time.Time  // when a live task was seen last
	last   int64      // the number of the live task that goes last
}

// sawLive notes that a task was seen to be there.
func (c *controls) sawLive(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.liveAt = now
}

// sawLiveAfter reports whether a live task was seen after since.
func (c *controls) sawLiveAfter(since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.liveAt.IsZero() && !c.liveAt.Before(since)
}

// keep notes that the task seq was seen to be there, and goes last.
func (c *controls) keep(seq int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = seq
}

// isLast reports whether seq is the task that goes last. There is no other to compare
// it with then: a look that changes is enough.
func (c *controls) isLast(seq int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return seq == c.last
}
