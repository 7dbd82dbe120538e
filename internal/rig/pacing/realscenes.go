package main

import (
	"fmt"
	"time"

	"cleaner/internal/quota"
)

// realScene is a scene that whole passes are made over, over real HTTP.
type realScene struct {
	scene
	program string // the proxy that keeps the limits, nginx or haproxy; empty is the simulated service itself
	rules   string // the proxy's
}

// realScenes lists them all, those first that take longest.
func realScenes() []realScene {
	all := append(simScenes(), nginxScenes()...)
	return append(all, haproxyScenes()...)
}

// real is a scene of the binary with its defaults, but for a ceiling of 200 a second.
func real(name, says string, n int, limits ...quota.Limit) realScene {
	s := base(name, says, limits...)
	s.n, s.workers, s.ceiling = n, 16, 200
	return realScene{scene: s}
}

// bucket is nginx's limit of so many calls a second, with a burst of 5.
func bucket(n int) quota.Limit {
	return quota.Limit{Kind: quota.Bucket, N: n, Window: time.Second, Burst: 5}
}

// nginxScenes are those before which a real nginx stands.
func nginxScenes() (all []realScene) {
	add := func(name, says string, n int, rules string, limits ...quota.Limit) {
		s := real("nginx "+name, says, n, limits...)
		s.program, s.rules = "nginx", rules
		all = append(all, s)
	}
	add("limit_req 20/s burst=5 nodelay", "429", 1000, "limit_req zone=twenty burst=5 nodelay; limit_req_status 429;", bucket(20))
	for _, kind := range []string{" nodelay", ""} {
		for _, status := range []string{"429", "503"} {
			rules := fmt.Sprintf("limit_req zone=fifty burst=5%s; limit_req_status %s;", kind, status)
			add("limit_req 50/s burst=5"+kind, status, 2000, rules, bucket(50))
		}
	}
	add("limit_conn 4", "429", 1500, "limit_conn connections 4; limit_conn_status 429;", quota.Limit{Kind: quota.AtOnce, N: 4})
	all[len(all)-1].rate = 4 / 0.1 // about: four requests, each as long as the log will say
	return all
}

// haproxyScenes are those before which a real HAProxy stands, whose counter takes refusals
// into account.
func haproxyScenes() []realScene {
	counting := limit(quota.Sliding, 50, time.Second)
	counting.Rejected = true
	deny := real("HAProxy stick-table 50/s", "429", 2000, counting)
	deny.program, deny.rules = "haproxy", "http-request deny deny_status 429 if { sc_http_req_rate(0) gt 50 }"
	held := real("HAProxy stick-table 50/s, tarpit 2s", "429", 2000, counting)
	held.program, held.rules = "haproxy", "http-request tarpit deny_status 429 if { sc_http_req_rate(0) gt 50 }"
	held.tarpit, held.slow = 2*time.Second, 10*time.Second
	return []realScene{deny, held}
}

// simScenes are those whose limits the simulated service itself keeps.
func simScenes() []realScene {
	return []realScene{
		real("sim 600/min fixed", "text", 1800, limit(quota.Fixed, 600, time.Minute)),
		real("sim 50/s and 1000/min fixed", "text", 2500, limit(quota.Fixed, 50, time.Second), limit(quota.Fixed, 1000, time.Minute)),
		changed(50, 100, 7000),
		changed(50, 25, 3500),
		besideRival(),
		real("sim 50/s fixed", "text", 2000, limit(quota.Fixed, 50, time.Second)),
		real("sim 50/s sliding", "bare", 2000, limit(quota.Sliding, 50, time.Second)),
	}
}

// changed is a limit that changes after 40 s.
func changed(from, to, n int) realScene {
	then := limit(quota.Sliding, to, time.Second)
	h := real(fmt.Sprintf("sim %d/s sliding, then %d", from, to), "text", n, limit(quota.Sliding, from, time.Second))
	h.change, h.then, h.within = 40*time.Second, then.Rate(), 40*time.Second
	if to > from {
		h.within = time.Minute
	}
	h.script = []quota.Change{{At: h.change, Limits: []quota.Limit{then}}}
	h.goodput, h.throttled = 0, 1
	return h
}

// besideRival is a limit of which somebody else takes 40 %.
func besideRival() realScene {
	h := real("sim 50/s sliding, a rival takes 40 %", "text", 1800, limit(quota.Sliding, 50, time.Second))
	h.rival, h.leave = 20, 0.05
	h.goodput, h.total, h.rivalRefused = 0.55, 2, 0.01
	return h
}

// shortScenes are for every test run, on a machine that does much else: their goals say that
// the limit is found and kept, and no more.
func shortScenes() (all []realScene) {
	for _, h := range realScenes() {
		switch h.name {
		case "nginx limit_req 50/s burst=5 nodelay, 429", "nginx limit_req 50/s burst=5, 503", "nginx limit_conn 4, 429",
			"HAProxy stick-table 50/s, 429", "sim 50/s sliding, bare":
			h.n, h.once = 1000, true
			h.goodput, h.throttled, h.total, h.slow = 0.6, 0.04, 2, 20*time.Second
			all = append(all, h)
		}
	}
	return all
}
