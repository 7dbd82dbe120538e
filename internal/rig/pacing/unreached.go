package main

import "time"

// excuse is why a scene misses its goals, and what holds in their place.
type excuse struct {
	why       string
	goodput   float64       // 0 is the goal
	throttled float64       // 0 is the goal
	slow      time.Duration // how much longer both totals may be
	rival     float64       // 0 is the goal
}

// excuse returns a scene with what holds in place of its goals.
func (e excuse) excuse(s scene) scene {
	if e.goodput > 0 {
		s.goodput = e.goodput
	}
	s.throttled, s.rivalRefused = max(s.throttled, e.throttled), max(s.rivalRefused, e.rival)
	s.slow += e.slow
	s.slowLearned += e.slow
	return s
}

// Reasons that several scenes have.
const (
	heldRefusals = "refusals are known late"
	lookBeside   = "a pass looks at some tasks beside its DELETEs, and those requests are limited too"
)

// unreached has the scenes whose goals are known to be missed, by name.
func unreached() map[string]excuse {
	return map[string]excuse{
		// In virtual time.
		"20/s sliding, refusals count, bare": {why: "what is refused counts, and one call is a twentieth of the limit", goodput: 0.96},
		"50/s sliding, refusals count, one look in 100, bare, not limited": {
			why: "looks take turns of DELETEs here, though nothing limits them", goodput: 0.94, slow: time.Second,
		},

		// Over HTTP.
		"sim 50/s fixed, text":                      {why: lookBeside, goodput: 0.94, slow: 3 * time.Second},
		"sim 50/s sliding, bare":                    {why: lookBeside, goodput: 0.94, slow: 3 * time.Second},
		"nginx limit_req 20/s burst=5 nodelay, 429": {why: lookBeside, throttled: 0.025, slow: time.Second},
		"nginx limit_req 50/s burst=5 nodelay, 429": {why: lookBeside, slow: 3 * time.Second},
		"nginx limit_conn 4, 429":                   {why: lookBeside + ": with one of four under way, three DELETEs may be", goodput: 0.7, throttled: 0.025, slow: 15 * time.Second},
		"HAProxy stick-table 50/s, 429":             {why: lookBeside + ", and what is refused counts", goodput: 0.88, slow: 8 * time.Second},
		"HAProxy stick-table 50/s, tarpit 2s, 429":  {why: heldRefusals + ", and all workers are held", goodput: 0.65, throttled: 0.06, slow: 12 * time.Second},
	}
}
