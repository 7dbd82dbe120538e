package worker

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// search finds tasks that are there, to be the canaries of one calibration.
type search struct {
	*calibrator
	taking, sending context.Context

	live       []queue.Delivery // tasks that were seen to be there, and are leased
	others     []lookResult     // looks at tasks that were not seen to be there
	lost       int              // those of the others that an earlier request may have deleted
	looked     int              // tasks that were looked at
	running    bool             // a running task was found, and went its own way
	alone      bool             // the one task that was leased is leased alone
	unanswered unanswered
}

// unanswered counts looks in a row that were not answered.
type unanswered struct {
	looks int
	since time.Time // when the first of them was made
}

// find looks for tasks that are there, among IDs from across the list. Others take the
// place of those that are protected.
func (s *search) find(want int) {
	draw := s.stages.handout().draw
	for protected := maxLooks; protected > 0 && len(s.live) < want && s.looked < maxLooks && !s.keyRejected() && s.taking.Err() == nil; {
		ds, err := draw(s.taking, maxLooks-s.looked)
		if err != nil {
			if s.taking.Err() == nil {
				s.fail(err)
			}
			return
		}
		s.alone = len(ds) == 1 && ds[0].Alone
		protected = s.lookAmong(ds, want)
		if len(s.live) > 0 {
			draw = s.stages.handout().sample // which does not wait for what is leased here
		}
	}
}

// lookAmong looks for tasks that are there among ds, and returns how many are
// protected.
func (s *search) lookAmong(ds []queue.Delivery, want int) (protected int) {
	for len(ds) > 0 && len(s.live) < want && !s.keyRejected() && s.taking.Err() == nil {
		n := min(s.atOnce(want), len(ds))
		free := s.unprotected(ds[:n])
		ds, protected = ds[n:], protected+n-len(free)
		s.consider(free, len(ds) == 0)
	}
	s.giveBackAll(ds)
	return protected
}

// atOnce is how many tasks are looked at side by side. A credential may be wrong, and
// must not be used often then, so there is one until a task was seen to be there.
func (s *search) atOnce(want int) int {
	if len(s.live) == 0 {
		return 1
	}
	return want - len(s.live)
}

// unprotected returns those of ds that are not protected, and settles the others.
func (s *search) unprotected(ds []queue.Delivery) (free []queue.Delivery) {
	for _, d := range ds {
		if o, ok := s.stages.admission.guard(d); !ok {
			s.settle(o)
			continue
		}
		free = append(free, d)
	}
	return free
}

// consider looks at tasks side by side, and keeps those that are there. last says that no
// others were drawn. A task whose looks are not answered may itself be at fault, so the next
// one is tried after a few looks. The only task that is left is looked at for longer, if no
// other look was answered.
func (s *search) consider(ds []queue.Delivery, last bool) {
	s.looked += len(ds)
	began, looks := s.now(), make([]lookResult, len(ds))
	s.ask(len(ds), func(i int) { looks[i] = s.looker.look(s.taking, s.sending, ds[i]) })
	for i, d := range ds {
		only := last && i == len(ds)-1 && len(s.live) == 0 && len(s.others) == 0
		s.sift(d, s.lookSteadily(d, began, looks[i], only))
	}
}

// sift keeps a task that was seen to be there. One that is leased alone goes its way in
// any case: no other is leased before it is settled.
func (s *search) sift(d queue.Delivery, seen lookResult) {
	running := seen.answer.Running && s.retry.Running.LooksFirst()
	switch {
	case seen.sight == policy.There && !running:
		s.live = append(s.live, d)
	case (s.alone || running) && s.taking.Err() == nil:
		s.running = s.running || running
		o, _ := s.stages.process(s.taking, s.sending, d)
		s.settle(o)
	default:
		if seen.teaches() {
			s.others = append(s.others, seen)
			if d.Lost {
				s.lost++
			}
		}
		s.giveBack(d)
	}
}

// giveBackAll gives back IDs that nothing was done to, in one transaction if possible.
func (s *search) giveBackAll(ds []queue.Delivery) {
	s.parallel(len(ds), len(ds), func(i int) { s.giveBack(ds[i]) })
}

// lookSteadily looks again until the answer says something about the task, or that it
// never will: a few times, or, when there is no other task to look at, as long as an ID
// has within a pass. The first look began at a moment and has shown seen. Hardly anything
// else is under way during calibration, so a worker may wait here.
func (s *search) lookSteadily(d queue.Delivery, began time.Time, seen lookResult, only bool) lookResult {
	for n := 1; ; n++ {
		if seen.sight != policy.Unclear || seen.teaches() || seen.stopped() || s.taking.Err() != nil {
			s.unanswered.looks = 0
			return seen
		}
		if s.unanswered.looks++; s.unanswered.looks == 1 {
			s.unanswered.since = began
		}
		if stop := s.stopUnanswered(seen, s.unanswered.looks, s.now().Sub(s.unanswered.since)); stop != nil {
			s.stop(stop)
			return seen
		}
		if n >= looksToRenew && !only {
			return seen
		}
		s.sleep(s.taking, s.retry.Ceiling(n))
		began, seen = s.now(), s.looker.look(s.taking, s.sending, d)
	}
}

// renewRejected renews a credential that all looks were rejected with, and that was
// never accepted. It reports whether there is another one now; when there cannot be, it
// stops the pass.
func (s *search) renewRejected() bool {
	last := s.others[len(s.others)-1]
	began := s.now()
	for n := 1; s.taking.Err() == nil; n++ {
		renewed := s.looker.see(s.looker.blame.renew(s.sending, last.answer))
		if renewed.answer.Fault == answer.FaultNone {
			return true
		}
		if stop := s.stopUnanswered(renewed, n, s.now().Sub(began)); stop != nil {
			s.stop(stop)
			return false
		}
		s.sleep(s.taking, max(s.retry.Ceiling(n), renewed.answer.RetryAfter))
	}
	return false
}

// allRejected reports whether all looks were rejected with a credential that was never
// accepted.
func (s *search) allRejected() bool {
	for _, o := range s.others {
		if o.ruling.Verdict != policy.Auth || s.looker.blame.accepted(o.answer) {
			return false
		}
	}
	return len(s.others) > 0
}

// rejectedLooks is how many looks at tasks are rejected before no more are made: the fifth
// wrong signature locks a key, and a later pass may try it again.
const rejectedLooks = 2

// keyRejected reports whether the gateway has rejected the credential so often that
// nothing else is to be expected. A token that was had in place of another may only be
// too young.
func (s *search) keyRejected() bool {
	return len(s.others) >= rejectedLooks && !s.looker.blame.wasRenewed() && s.allRejected() && policy.RejectsAtGateway(s.others[0].ruling)
}

// nothingLive decides how a pass goes on in which no task was seen to be there.
func (s *search) nothingLive(known policy.Learned, r *round) {
	var forbidden, absent []lookResult
	for _, o := range s.others {
		switch {
		case o.sight == policy.Absent:
			absent = append(absent, o)
		case o.ruling.Blames == policy.SuspectPermission:
			forbidden = append(forbidden, o)
		}
	}
	switch {
	case s.taking.Err() != nil:
	case len(s.others) == 0 && s.looked > 0 && !s.alone && !r.unseen:
		r.failed, r.unseen = true, true // no look was answered: later others may be
	case len(s.others) == 0:
		// Nothing could be looked at: all are protected, or were leased alone.
		s.findings.note(func(v *Verification) { v.Mode = modeOf(known) })
	case len(absent) > 0:
		s.findings.note(func(v *Verification) { v.Mode = ModeVerified })
	case 2*len(forbidden) >= len(s.others):
		o := forbidden[0]
		s.unverified(s.taking, fmt.Sprintf("looks are answered %s: grant codeartscheck:task:get, or the region is wrong",
			policy.Subject(o.ruling, o.answer)))
	case known.KnowsLook():
		o := s.others[0]
		s.unverified(s.taking, fmt.Sprintf("looks are answered %s, and %s was learned for tasks that are not there: none of %d tasks could be seen",
			policy.Subject(o.ruling, o.answer), known.Look, s.looked))
	case s.lost == len(s.others):
		s.unverified(s.taking, "none of the tasks that were looked at is there, and earlier requests may have deleted them all")
	default:
		last := s.others[len(s.others)-1]
		// It holds nothing: nothing was sent, and every pass looks before it sends.
		s.stop(&Stop{Kind: StopCanary, Why: fmt.Sprintf("none of %d tasks is there (the last look was answered %s): is this the right list, project and region? If it is, and all were deleted before, there is nothing to do; %s",
			s.looked, policy.Subject(last.ruling, last.answer), "safety.canary: 0 believes the service instead")})
	}
}

// modeOf is the mode of a pass that could not look at anything.
func modeOf(known policy.Learned) Mode {
	if known.KnowsLook() {
		return ModeVerified
	}
	return ModeNone
}
