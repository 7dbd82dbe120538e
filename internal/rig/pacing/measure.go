package main

import (
	"fmt"
	"strings"
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

// unreached names the scenes whose goals are known to be missed: docs/performance.md says
// why, and by how much.
func unreached() []string {
	return []string{"20/s sliding, refusals count, bare", "200/5 min fixed, text", "20/s sliding, tarpit 2s, bare", "20/s sliding, tarpit 5s, bare", "50/s sliding, a rival takes 40 %, text"}
}

// ids is over how many IDs the total is.
func (s scene) ids() int {
	if s.window > time.Minute {
		return max(3000, s.limits[0].N*2)
	}
	return 5000
}

// worst measures a scene several times and returns the worst of all.
func (s scene) worst(seeds int) (w result) {
	for seed := range seeds {
		r := s.measure(uint64(seed + 1))
		if seed == 0 {
			w = r
			continue
		}
		w.goodput, w.throttled = min(w.goodput, r.goodput), max(w.throttled, r.throttled)
		w.rival, w.settled, w.best = max(w.rival, r.rival), max(w.settled, r.settled), max(w.best, r.best)
		if r.warm == 0 || r.warm > w.warm && w.warm > 0 {
			w.warm = r.warm
		}
		if r.total == 0 || r.total > w.total && w.total > 0 {
			w.total = r.total
		}
	}
	return w
}

// measure measures it once.
func (s scene) measure(seed uint64) (r result) {
	w := newWorld(s, seed, nil)
	n := s.ids()
	r.ideal = time.Duration(float64(n) / s.rate * float64(time.Second))
	from := max(s.window, 10*time.Second) + 2*s.tarpit // refusals that are held back come that late
	to := max(r.ideal, from+12*max(min(s.window, time.Hour), 5*time.Second), from+2*s.window)
	if s.change > 0 {
		to = s.change + 2*s.within
	}
	if s.rival > 0 {
		w.run(from+2*s.window, 0)
		w.gate.ForgetRival() // the room that it needs is learned by now
	}
	w.run(to, 0)
	done, bad := float64(within(w.done, from, to)), float64(within(w.refused, from, to))
	r.goodput = done / (s.rate * (to - from).Seconds())
	r.throttled = bad / max(bad+done, 1)
	if v := w.gate.Rival(); v.Asked > 0 {
		r.rival = float64(v.Refused) / float64(v.Asked)
	}
	if s.change > 0 {
		r.settled = s.settles(w, to)
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

// settles is how long after the change it is as good as before.
func (s scene) settles(w *world, end time.Duration) time.Duration {
	span := max(s.window, 10*time.Second)
	for at := s.change; at+span <= end; at += time.Second {
		done, bad := float64(within(w.done, at, at+span)), float64(within(w.refused, at, at+span))
		enough := done >= 0.95*s.then*span.Seconds()
		if s.then < s.rate {
			enough = bad <= 0.01*(done+bad) || bad <= 1 && at > s.change
		}
		if enough {
			return at - s.change
		}
	}
	return end
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
	if s.change == 0 && s.rival == 0 && !s.best && (r.warm == 0 || r.warm > time.Duration(s.total*float64(r.ideal))+500*time.Millisecond) {
		all = append(all, "total when learned")
	}
	if r.rival > s.rivalRefused {
		all = append(all, fmt.Sprintf("rival refused above %.0f %%", 100*s.rivalRefused))
	}
	return all
}

// row is the scene's row of the table.
func (s scene) row(r result) string {
	total := "-"
	if r.total > 0 {
		total = fmt.Sprintf("%.3f", float64(r.total)/float64(r.ideal))
	}
	warm := "-"
	if r.warm > 0 {
		warm = fmt.Sprintf("%.3f", float64(r.warm)/float64(r.ideal))
	}
	more := ""
	if s.change > 0 {
		more = fmt.Sprintf("settled after %v of %v", r.settled, s.within)
	}
	if s.rival > 0 {
		more = fmt.Sprintf("rival refused %.1f %%", 100*r.rival)
	}
	if s.best {
		more = fmt.Sprintf("best constant rate %.1f %%", 100*r.best)
	}
	met := "met"
	if miss := s.misses(r); len(miss) > 0 {
		met = strings.Join(miss, ", ")
	}
	return fmt.Sprintf("| %-45s | %5.1f | %4.2f | %5s | %5s | %s | %s |", s.name, 100*r.goodput, 100*r.throttled, total, warm, more, met)
}
