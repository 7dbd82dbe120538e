package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// maxLooks is how many tasks are looked at to find some that are there.
const maxLooks = 20

// looksToRenew is how often a fault that waiting seldom mends is asked for again.
const looksToRenew = 3

// calibrator learns from the first deletions of a pass what no document says: how the
// endpoint answers a look, and a DELETE, for a task that is not there, and what its
// success looks like. It goes before the pool, except for the last part.
type calibrator struct {
	*run
	Calibration
	record     func(policy.Learned) error // keeps what was learned
	retry      policy.Retry
	madeUpID   func() string
	looker     *looker
	stages     *stages
	findings   *findings
	effects    *effects
	background sync.WaitGroup // what it does while the pool is at work
}

// round is what came of one calibration.
type round struct {
	conflict string // in what canaries differ, or differ from what was known; empty when they agree
	looked   int    // tasks that were looked at
	failed   bool   // the service failed at the DELETE of a canary
	unseen   bool   // no deletion was seen, so others must be tried
	alone    bool   // the task that was leased is leased alone
}

// calibrate calibrates, unless the pass does not look. After a conflict with what was
// known it starts anew; a second one stops the pass. After the process has died, IDs
// that may have been under way then are leased alone: they go first, one by one.
func (c *calibrator) calibrate(taking, sending context.Context) {
	if c.Canaries <= 0 {
		c.findings.note(func(v *Verification) { v.Mode = ModeOff })
		c.fillReserve(taking)
		return
	}
	defer c.effects.waiting("the first deletions to be seen", c.now())()
	began, conflicts, looked, failures := c.now(), 0, 0, 0
	for taking.Err() == nil {
		r := c.once(taking, sending, false)
		switch {
		case r.failed && r.unseen && (c.retry.Deadline <= 0 || c.now().Sub(began) < c.retry.Deadline):
			failures++
			c.sleep(taking, c.retry.Ceiling(failures))
			continue
		case r.unseen && looked < maxLooks:
			looked += r.looked
			continue
		case r.conflict == "" && r.alone && !c.findings.know().KnowsLook():
			continue
		case r.conflict == "" || taking.Err() != nil:
			if r.unseen && taking.Err() == nil {
				c.goOnUnseen(taking)
			}
			return
		case conflicts > 0:
			c.stop(holdAll("twice the service answered differently for tasks that were deleted: " + r.conflict +
				"; nobody can tell what was really deleted: find out what answers here before you go on"))
			return
		}
		conflicts++
		c.findings.learn(policy.Learned{})
	}
}

// once calibrates once. renewed says that the credential was renewed for it.
func (c *calibrator) once(taking, sending context.Context, renewed bool) (r round) {
	known := c.findings.know()
	want := c.Canaries
	s := &search{calibrator: c, taking: taking, sending: sending}
	if known.KnowsLook() {
		want = 1 // to check what is known
	}
	s.find(want + 1)
	r = round{looked: s.looked, unseen: s.running, alone: s.alone}
	switch {
	case taking.Err() != nil:
		s.giveBackAll(s.live)
	case len(s.live) > 0:
		x := &control{calibrator: c, taking: taking, sending: sending}
		(&canaries{control: x, round: &r}).try(x.take(s.live), known)
	case !renewed && s.allRejected() && s.renewRejected():
		return c.once(taking, sending, true)
	default:
		s.nothingLive(known, &r)
	}
	return r
}

// goOnUnseen lets a pass go on in which tasks are there and no deletion was seen: none
// of the canaries was deleted.
func (c *calibrator) goOnUnseen(taking context.Context) {
	if c.findings.know().KnowsLook() {
		c.findings.note(func(v *Verification) { v.Mode = ModeVerified })
		return
	}
	c.unverified(taking, "none of the first tasks was deleted, so no deletion could be seen: cleaner dead list and the log say what was answered")
}

// unverified lets the pass go on by the service's word alone, if that is allowed.
func (c *calibrator) unverified(taking context.Context, why string) {
	c.fillReserve(taking)
	c.findings.note(func(v *Verification) { v.Mode, v.Why = ModeUnverified, why })
	if c.StopUnverified {
		c.stop(holdAll("nobody can see whether deletions take effect: " + why + "; safety.unverified: allow goes on all the same"))
	}
}

// reserveSize is how many IDs are kept in reserve where no look can choose a good one:
// some of them may be bad themselves.
const reserveSize = 3

// fillReserve keeps a few IDs until nothing else is fresh, where no look can choose one.
func (c *calibrator) fillReserve(taking context.Context) {
	ds, err := c.stages.handout().sample(taking, reserveSize)
	if err != nil && taking.Err() == nil {
		c.fail(err)
	}
	for _, d := range ds {
		c.stages.handout().keep(d)
	}
}

// ask makes n requests, as many at a time as the pass may have in flight.
func (c *calibrator) ask(n int, request func(i int)) {
	l := c.stages.leases
	l.mu.Lock()
	most := max(l.handed.most, 1)
	l.mu.Unlock()
	c.parallel(n, most, request)
}

// settle ends the lease of an ID.
func (c *calibrator) settle(o queue.Outcome) {
	if err := c.stages.settler.settle(o, 0); err != nil {
		c.fail(err)
	}
}

// giveBack gives back an ID that nothing was done to.
func (c *calibrator) giveBack(d queue.Delivery) { c.settle(unsent(d, c.now())) }

// learn makes l what is known, now and in later passes.
func (c *calibrator) learn(l policy.Learned) {
	c.findings.learn(l)
	if err := c.record(l); err != nil {
		c.fail(err)
	}
}

// stopUnanswered is the stop of a pass whose nth look in a row was not answered, waited
// after the first; nil when another look may be answered.
func (c *calibrator) stopUnanswered(s lookResult, n int, waited time.Duration) *Stop {
	why := policy.Sentence(s.ruling, s.answer)
	switch f := s.answer.Fault; {
	case f == answer.FaultRefused, f == answer.FaultProxy, policy.AsksProxyLogin(s.answer), f == answer.FaultTLS && n >= looksToRenew:
		return &Stop{Kind: StopCredentials, Why: why}
	case f == answer.FaultLogin && c.retry.Deadline > 0 && waited >= c.retry.Deadline:
		return &Stop{Kind: StopCredentials, Why: why}
	case f == answer.FaultNoHost && waited >= policy.NoHostPatience:
		return &Stop{Kind: StopUnreachable, Why: why}
	case c.retry.Deadline > 0 && waited >= c.retry.Deadline:
		return &Stop{Kind: StopUnreachable, Why: fmt.Sprintf("no look was answered for %v: %s; run again later", waited.Round(time.Second), why)}
	default:
		return nil
	}
}
