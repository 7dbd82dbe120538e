package main

import (
	"fmt"
	"time"

	"cleaner/internal/quota"
)

// scene is a service with hidden limits, and what is to be reached.
type scene struct {
	name                      string
	limits                    []quota.Limit
	script                    []quota.Change
	says                      string
	net                       [2]time.Duration // one way
	service                   [2]time.Duration
	tarpit                    time.Duration
	workers                   int
	ceiling                   float64
	leave                     float64
	rival                     float64
	rate                      float64       // what the limits let through in the long run
	window                    time.Duration // the longest
	goodput, throttled, total float64
	slow, slowLearned         time.Duration // what the totals may be longer
	change                    time.Duration // when the limit becomes then
	then                      float64
	within                    time.Duration // until it must be as good as before
	rivalRefused              float64       // the share of a rival's calls
	best                      bool          // the goal is 95 % of the best constant rate
	outage                    [2]time.Duration
	faults                    float64 // the share of answers that are failures of the service
	n                         int     // how many IDs; 0 is the usual number
	once                      bool    // it is not made again with what was learned
	looks                     float64 // the share of DELETEs after which the task is looked at
	apart                     bool    // the limits are not for looks
	late                      float64 // the share of answers that are up to 0.4 s late, as on a busy machine
}

func limit(k quota.Kind, n int, w time.Duration) quota.Limit {
	return quota.Limit{Kind: k, N: n, Window: w}
}

// base is a calm network.
func base(name, says string, limits ...quota.Limit) scene {
	s := scene{
		name: name + ", " + says, limits: limits, says: says, net: [2]time.Duration{3 * time.Millisecond, 8 * time.Millisecond},
		service: [2]time.Duration{12 * time.Millisecond, 186 * time.Millisecond}, workers: 256, ceiling: 1e4,
		goodput: 0.97, throttled: 0.01, total: 1.05,
	}
	s.rate = 1e9
	for _, l := range limits {
		if l.Window > 0 {
			s.rate = min(s.rate, l.Rate())
			s.window = max(s.window, l.Window)
		}
		if l.Rejected && l.Kind == quota.Sliding && l.Window >= time.Minute {
			s.goodput = 0.94
			s.total = 1 / 0.94
		}
	}
	return s
}

// scenes lists all.
func scenes() (all []scene) {
	add := func(s ...scene) { all = append(all, s...) }
	for _, n := range []int{20, 50, 500} {
		for _, says := range []string{"text", "bare"} {
			add(perSecond(n, says)...)
		}
	}
	add(base("50/s fixed", "retry-after", limit(quota.Fixed, 50, time.Second)), base("50/s sliding", "text+retry-after", limit(quota.Sliding, 50, time.Second)))
	for _, w := range []quota.Limit{{N: 600, Window: time.Minute}, {N: 1000, Window: time.Minute}, {N: 200, Window: 5 * time.Minute}} {
		for _, says := range []string{"text", "bare", "retry-after"} {
			add(perWindow(w, says)...)
		}
	}
	add(long()...)
	add(several()...)
	add(proxies()...)
	add(changes()...)
	add(rivals()...)
	add(networks()...)
	add(looked()...)
	return all
}

func perSecond(n int, says string) []scene {
	counting := limit(quota.Sliding, n, time.Second)
	counting.Rejected = true
	bucket := limit(quota.Bucket, n, time.Second)
	bucket.Burst = n
	all := []scene{
		base(fmt.Sprintf("%d/s fixed", n), says, limit(quota.Fixed, n, time.Second)),
		base(fmt.Sprintf("%d/s sliding", n), says, limit(quota.Sliding, n, time.Second)),
		base(fmt.Sprintf("%d/s sliding, refusals count", n), says, counting),
		base(fmt.Sprintf("%d/s bucket", n), says, bucket),
	}
	if n >= 500 {
		for i := range all {
			all[i].slow = 4 * time.Second // no slow start fits into the ten seconds that it takes
		}
	}
	return all
}

func perWindow(w quota.Limit, says string) []scene {
	fixed, sliding := w, w
	fixed.Kind, sliding.Kind = quota.Fixed, quota.Sliding
	counting := sliding
	counting.Rejected = true
	name := fmt.Sprintf("%d/%s", w.N, short(w.Window))
	return []scene{base(name+" fixed", says, fixed), base(name+" sliding", says, sliding), base(name+" sliding, refusals count", says, counting)}
}

// long are windows of an hour and a day.
func long() []scene {
	return []scene{
		base("2000/hour fixed", "text", limit(quota.Fixed, 2000, time.Hour)),
		base("2000/hour sliding", "retry-after", limit(quota.Sliding, 2000, time.Hour)),
		base("20000/day clock", "text", limit(quota.Clock, 20000, 24*time.Hour)),
		base("600/min fixed", "quota", limit(quota.Fixed, 600, time.Minute)),
		base("2000/hour fixed", "quota", limit(quota.Fixed, 2000, time.Hour)),
	}
}

// several are limits that hold at once.
func several() (all []scene) {
	for _, says := range []string{"text", "bare"} {
		for _, k := range []quota.Kind{quota.Fixed, quota.Sliding} {
			all = append(all, base(fmt.Sprintf("50/s and 1000/min %s", k), says, limit(k, 50, time.Second), limit(k, 1000, time.Minute)))
		}
	}
	return all
}

// proxies are what stands before services.
func proxies() (all []scene) {
	for _, n := range []int{20, 50} {
		for _, says := range []string{"bare", "503"} {
			b := limit(quota.Bucket, n, time.Second)
			b.Burst = 5
			all = append(all, base(fmt.Sprintf("nginx limit_req %d/s, burst 5, nodelay", n), says, b))
			b.Delay = true
			all = append(all, base(fmt.Sprintf("nginx limit_req %d/s, burst 5", n), says, b))
		}
	}
	for _, hold := range []time.Duration{2 * time.Second, 5 * time.Second} {
		s := base(fmt.Sprintf("20/s sliding, tarpit %v", hold), "bare", limit(quota.Sliding, 20, time.Second))
		s.tarpit, s.slow = hold, 10*time.Second
		all = append(all, s)
	}
	counting := limit(quota.Sliding, 50, time.Second) // as HAProxy does
	counting.Rejected = true
	for _, s := range []scene{ // all workers may be held at a time
		base("20/s sliding, tarpit 2s, 16 workers", "bare", limit(quota.Sliding, 20, time.Second)),
		base("50/s sliding, refusals count, tarpit 2s, 16 workers", "bare", counting),
	} {
		s.tarpit, s.slow, s.workers = 2*time.Second, 10*time.Second, 16
		all = append(all, s)
	}
	held := all[len(all)-1]
	late, short := held, held // short is as behind HAProxy over HTTP
	late.name, late.late = held.name+", 1 % of answers late", 0.01
	short.name, short.n, short.ceiling, short.looks = held.name+", 2000 IDs, one look in 60", 2000, 200, 1.0/60
	short.net = [2]time.Duration{0, 2 * time.Millisecond}
	all = append(all, late, short)
	four := quota.Limit{Kind: quota.AtOnce, N: 4}
	alone := base("nginx limit_conn 4", "bare", four)
	alone.rate = 4 / 0.110 // the mean of service and way
	both := base("nginx limit_conn 4 and 20/s", "bare", four, limit(quota.Sliding, 20, time.Second))
	return append(all, alone, both)
}

// changes are limits that double or halve.
func changes() (all []scene) {
	for _, l := range []quota.Limit{
		limit(quota.Sliding, 50, time.Second), limit(quota.Fixed, 600, time.Minute), limit(quota.Sliding, 600, time.Minute), limit(quota.Fixed, 200, 5*time.Minute),
	} {
		for _, says := range []string{"text", "bare"} {
			for _, to := range []int{l.N * 2, l.N / 2} {
				then := l
				then.N = to
				s := base(fmt.Sprintf("%d/%s %s, then %d", l.N, short(l.Window), l.Kind, to), says, l)
				s.change = max(100*time.Second, 4*l.Window) + l.Window/3
				s.script = []quota.Change{{At: s.change, Limits: []quota.Limit{then}}}
				s.then = then.Rate()
				s.goodput, s.throttled = 0, 1
				s.within = max(40*time.Second, 3*l.Window)
				if to > l.N {
					s.within = max(60*time.Second, l.Window*5/2)
					if l.N < 500 && l.Window > time.Second {
						s.within = 4 * l.Window
					}
				}
				all = append(all, s)
			}
		}
	}
	return all
}

// rivals are others who use the same limit; cleaner leaves them room.
func rivals() (all []scene) {
	for _, l := range []quota.Limit{
		limit(quota.Sliding, 50, time.Second), limit(quota.Fixed, 50, time.Second), limit(quota.Sliding, 600, time.Minute), limit(quota.Fixed, 600, time.Minute),
	} {
		s := base(fmt.Sprintf("%d/%s %s, a rival takes 40 %%", l.N, short(l.Window), l.Kind), "text", l)
		s.rival, s.leave = 0.4*l.Rate(), 0.05
		s.goodput, s.total, s.rivalRefused = 0.55, 2, 0.01
		if l.Kind == quota.Fixed && l.Window > time.Second {
			s.rivalRefused = 0.04
		}
		all = append(all, s)
	}
	short := all[0] // as besideRival is over HTTP
	short.name = "50/s sliding, a rival takes 40 %, 1800 IDs, one look in 60, text"
	short.n, short.workers, short.ceiling, short.looks, short.net = 1800, 16, 200, 1.0/60, [2]time.Duration{0, 2 * time.Millisecond}
	return append(all, short)
}

// networks are odd networks and services.
func networks() []scene {
	jitter := base("50/s sliding, jitter up to 90 ms", "bare", limit(quota.Sliding, 50, time.Second))
	jitter.net = [2]time.Duration{0, 90 * time.Millisecond}
	jitter.best = true
	slow := base("50/s sliding, answers take 2 s, 16 workers", "bare", limit(quota.Sliding, 50, time.Second))
	slow.service, slow.workers, slow.rate = [2]time.Duration{1900 * time.Millisecond, 2100 * time.Millisecond}, 16, 8*0.99
	free := base("no limit, ceiling 50/s", "bare", limit(quota.Sliding, 1000, time.Second))
	free.ceiling, free.rate = 50, 50
	down := base("50/s sliding, all answers 503 for a minute", "bare", limit(quota.Sliding, 50, time.Second))
	down.outage, down.slow, down.goodput = [2]time.Duration{100 * time.Second, 160 * time.Second}, time.Minute, 0
	faulty := base("50/s sliding, 2 % of answers are 503", "bare", limit(quota.Sliding, 50, time.Second))
	faulty.faults, faulty.goodput, faulty.slow = 0.02, 0.97*0.98, 3*time.Second
	return []scene{jitter, slow, free, down, faulty}
}

// looked are limits that hold for the looks that a pass makes beside its DELETEs, too, or not.
func looked() (all []scene) {
	counting := limit(quota.Sliding, 50, time.Second)
	counting.Rejected = true
	four := base("nginx limit_conn 4, one look in 100", "bare", quota.Limit{Kind: quota.AtOnce, N: 4})
	four.rate = 4 / 0.110
	for _, s := range []scene{
		base("20/s bucket, burst 5, one look in 100", "bare", bucket(20)),
		base("50/s fixed, one look in 100", "text", limit(quota.Fixed, 50, time.Second)),
		base("50/s sliding, one look in 100", "bare", limit(quota.Sliding, 50, time.Second)),
		base("50/s sliding, refusals count, one look in 100", "bare", counting),
		base("200/5 min sliding, one look in 100", "text", limit(quota.Sliding, 200, 5*time.Minute)),
		four,
	} {
		s.looks = 0.01
		all = append(all, s)
		s.apart, s.name = true, s.name+", not limited"
		all = append(all, s)
	}
	return all
}

func short(d time.Duration) string {
	switch {
	case d == time.Second:
		return "s"
	case d == time.Minute:
		return "min"
	case d == time.Hour:
		return "hour"
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprint(d)
}
