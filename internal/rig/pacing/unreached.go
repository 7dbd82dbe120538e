package main

import "time"

// excuse is why a scene misses its goals, and what holds in their place.
type excuse struct {
	why       string
	goodput   float64       // 0 is the goal
	throttled float64       // 0 is the goal
	slow      time.Duration // how much longer both totals may be
}

// excuse returns a scene with what holds in place of its goals.
func (e excuse) excuse(s scene) scene {
	if e.goodput > 0 {
		s.goodput = e.goodput
	}
	s.throttled = max(s.throttled, e.throttled)
	s.slow += e.slow
	s.slowLearned += e.slow
	return s
}

// unreached has the scenes whose goals are known to be missed, by name.
func unreached() map[string]excuse {
	return map[string]excuse{
		// In virtual time.
		"50/s sliding, refusals count, one look in 100, bare, not limited": {
			why: "looks take turns of DELETEs here, though nothing limits them", goodput: 0.95,
		},
		"50/s sliding, refusals count, tarpit 2s, 16 workers, bare, 1 % of answers late": {
			why: "an answer that is late looks like a refusal that is held", goodput: 0.94, slow: 2 * time.Second,
		},

		// Over HTTP.
		"HAProxy stick-table 50/s, tarpit 2s, 429": {why: "refusals are known late, count, and hold all workers", goodput: 0.9, throttled: 0.02, slow: 5 * time.Second},
	}
}
