package main

import "time"

// seen is what came of requests, each by the time of its answer, in the order of these times.
type seen struct {
	done    []time.Duration // when requests were accepted
	refused []time.Duration
}

// shares are what was accepted in [from, to), as a share of a rate, and the share of the
// requests that was refused.
func (o seen) shares(rate float64, from, to time.Duration) (goodput, throttled float64) {
	done, bad := float64(within(o.done, from, to)), float64(within(o.refused, from, to))
	return done / (rate * (to - from).Seconds()), bad / max(bad+done, 1)
}

// within counts the moments in [from, to).
func within(times []time.Duration, from, to time.Duration) (n int) {
	for _, t := range times {
		if t >= from && t < to {
			n++
		}
	}
	return n
}

// from is when it is measured from: the second window or the tenth second.
func (s scene) from() time.Duration {
	return max(s.window, 10*time.Second) + 2*s.tarpit // refusals that are held back come that late
}

// settles is how long after the change it is as good as before; end when it is not.
func (s scene) settles(o seen, end time.Duration) time.Duration {
	span := max(s.window, 10*time.Second)
	for at := s.change; at+span <= end; at += time.Second {
		done, bad := float64(within(o.done, at, at+span)), float64(within(o.refused, at, at+span))
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
