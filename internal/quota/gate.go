package quota

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Change is a moment of a script from which other limits hold.
type Change struct {
	At     time.Duration // since the gate began
	Limits []Limit
}

// Gate keeps several limits at once: a call needs room in all of them. Its times are
// since it began, and must not go back. It is not safe for concurrent use.
type Gate struct {
	counters []*counter
	script   []Change // what is still to come
	rival    Rival
	random   *rand.Rand
	next     time.Duration // when the rival calls next
}

// Rival is somebody else who calls, and how that went.
type Rival struct {
	// Rate is how many calls a second it makes, one after the other, each up to a fifth early or late.
	Rate           float64
	Asked, Refused int
}

// NewGate returns a gate with limits, which a script changes.
func NewGate(limits []Limit, script ...Change) *Gate {
	g := &Gate{script: slices.SortedFunc(slices.Values(script), func(a, b Change) int { return int(a.At - b.At) })}
	g.set(limits)
	return g
}

// Compete has somebody else call, with random times drawn under seed.
func (g *Gate) Compete(rate float64, seed uint64) {
	g.rival, g.random = Rival{Rate: rate}, rand.New(rand.NewPCG(seed, 1))
	g.next = g.pause()
}

// Rival returns how it went for somebody else since the moment from.
func (g *Gate) Rival() Rival { return g.rival }

// ForgetRival counts its calls anew.
func (g *Gate) ForgetRival() { g.rival.Asked, g.rival.Refused = 0, 0 }

func (g *Gate) set(limits []Limit) {
	atOnce := 0
	for _, c := range g.counters {
		if c.Kind == AtOnce {
			atOnce = c.used
		}
	}
	g.counters = nil
	for _, l := range limits {
		c := newCounter(l)
		if c.Kind == AtOnce {
			c.used = atOnce
		}
		g.counters = append(g.counters, c)
	}
}

// Admit answers a call that comes at now. An admitted call must Leave.
func (g *Gate) Admit(now time.Duration) Answer {
	for len(g.script) > 0 && g.script[0].At <= now {
		g.compete(g.script[0].At)
		g.set(g.script[0].Limits)
		g.script = g.script[1:]
	}
	g.compete(now)
	return g.admit(now, true)
}

// Leave notes that an admitted call is answered.
func (g *Gate) Leave() {
	for _, c := range g.counters {
		if c.Kind == AtOnce && c.used > 0 {
			c.used--
		}
	}
}

// admit answers a call. whole says that it takes part in what is counted at once.
func (g *Gate) admit(now time.Duration, whole bool) Answer {
	said := Answer{OK: true}
	for i, c := range g.counters {
		a := c.ask(now)
		switch {
		case i == 0:
			said = a
		case !a.OK && (said.OK || a.Wait > said.Wait), a.OK && said.OK && a.tighter(said):
			a.Wait = max(a.Wait, said.Wait)
			said = a
		case a.OK && said.OK:
			said.Wait = max(a.Wait, said.Wait)
		}
	}
	for _, c := range g.counters {
		if (said.OK || c.Rejected && c.Kind != AtOnce) && (whole || c.Kind != AtOnce) {
			c.count(now)
		}
	}
	if said.OK {
		said.Left--
	}
	return said
}

// tighter reports whether a has less room than b for the time until it is renewed.
func (a Answer) tighter(b Answer) bool {
	if a.Limit.Window == 0 || b.Limit.Window == 0 {
		return b.Limit.Window == 0
	}
	return float64(a.Left)*float64(b.Limit.N) < float64(b.Left)*float64(a.Limit.N)
}

// compete has somebody else make its calls until now.
func (g *Gate) compete(now time.Duration) {
	if g.rival.Rate <= 0 {
		return
	}
	for ; g.next <= now; g.next += g.pause() {
		g.rival.Asked++
		if !g.admit(g.next, false).OK {
			g.rival.Refused++
		}
	}
}

func (g *Gate) pause() time.Duration {
	return time.Duration((0.8 + 0.4*g.random.Float64()) / g.rival.Rate * float64(time.Second))
}
