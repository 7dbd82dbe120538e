package main

import (
	"fmt"
	"time"

	"cleaner/internal/policy"
)

// result is what a scene came to.
type result struct {
	goodput   float64       // the share of the limit, from the second window on
	throttled float64       // the share of requests, from then on
	total     time.Duration // until all were accepted; 0 when they were not
	warm      time.Duration // the same with what was learned before
	ideal     time.Duration // what that takes at the limit
	settled   time.Duration // after a change, until it was as good as before
	rival     float64       // the share of a rival's calls that were refused
	best      float64       // the goodput of the best constant rate
}

// ids is over how many IDs the total is.
func (s scene) ids() int {
	if s.n > 0 {
		return s.n
	}
	if s.window > time.Minute {
		return max(3000, s.limits[0].N*2)
	}
	return 5000
}

// simulate measures it once, in virtual time.
func (s scene) simulate(seed uint64) (r result) {
	w := newWorld(s, seed, nil)
	n := s.ids()
	r.ideal = time.Duration(float64(n) / s.rate * float64(time.Second))
	if s.looks > 0 && !s.apart {
		r.ideal += time.Duration(float64(r.ideal) * s.looks)
	}
	from := s.from()
	to := max(r.ideal, from+12*max(min(s.window, time.Hour), 5*time.Second), from+2*s.window)
	if s.change > 0 {
		to = s.change + 2*s.within
	}
	if s.rival > 0 {
		w.run(from+2*s.window, 0)
		w.gate.ForgetRival() // the room that it needs is learned by now
	}
	w.run(to, 0)
	r.goodput, r.throttled = w.shares(s.rate, from, to)
	r.goodput += w.lookShare(s.rate, from, to)
	if v := w.gate.Rival(); v.Asked > 0 {
		r.rival = float64(v.Refused) / float64(v.Asked)
	}
	if s.change > 0 {
		r.settled = s.settles(w.seen, to)
		return r
	}
	w.run(max(to, r.ideal*2), n)
	if len(w.done) >= n {
		r.total = w.done[n-1]
	}
	if p, ok := w.pace.(*policy.Pace); ok {
		r.warm = s.again(p.Learned(), seed)
	}
	if s.best {
		r.best = s.bestConstant(seed)
	}
	return r
}

// again is how long it takes with what was learned before; 0 when it was not all done.
func (s scene) again(known policy.PaceLearned, seed uint64) time.Duration {
	s.outage = [2]time.Duration{}
	w := newWorld(s, seed+100, policy.NewPace(s.rules(), known))
	n := s.ids()
	w.run(time.Duration(float64(2*n)/s.rate*float64(time.Second)), n)
	if len(w.done) < n {
		return 0
	}
	return w.done[n-1]
}

// constant is a rate that never changes.
type constant struct {
	every, due time.Duration
}

func (c *constant) Next(time.Duration) (time.Duration, bool) { return c.due, true }
func (c *constant) Sent(now time.Duration)                   { c.due = now + c.every }
func (c *constant) Note(time.Duration, policy.PaceReply)     {}

// bestConstant is the goodput of the best constant rate that is seldom refused.
func (s scene) bestConstant(seed uint64) (best float64) {
	for rate := 0.6 * s.rate; rate <= 1.01*s.rate; rate += 0.01 * s.rate {
		w := newWorld(s, seed, &constant{every: time.Duration(float64(time.Second) / rate)})
		w.run(200*time.Second, 0)
		done, bad := float64(len(w.done)), float64(len(w.refused))
		if bad <= s.throttled*(done+bad) {
			best = max(best, done/(s.rate*200))
		}
	}
	return best
}

// misses lists the goals that were not reached.
func (s scene) misses(r result) (all []string) {
	goal := s.goodput
	if s.best {
		goal = 0.95 * r.best
	}
	if r.goodput < goal {
		all = append(all, fmt.Sprintf("goodput below %.1f %%", 100*goal))
	}
	if r.throttled > s.throttled {
		all = append(all, fmt.Sprintf("throttled above %.0f %%", 100*s.throttled))
	}
	switch {
	case s.change > 0:
		if r.settled > s.within {
			all = append(all, fmt.Sprintf("later than %v", s.within))
		}
	case !s.best && (r.total == 0 || r.total > time.Duration(s.total*float64(r.ideal))+4*time.Second+s.slow):
		all = append(all, "total")
	}
	if s.change == 0 && s.rival == 0 && !s.best && !s.once && (r.warm == 0 || r.warm > time.Duration(s.total*float64(r.ideal))+500*time.Millisecond+s.slowLearned) {
		all = append(all, "total when learned")
	}
	if r.rival > s.rivalRefused {
		all = append(all, fmt.Sprintf("rival refused above %.0f %%", 100*s.rivalRefused))
	}
	return all
}
