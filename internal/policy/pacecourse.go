package policy

import "math"

// course is how fast a pace goes, and why.
type course struct {
	rules  PaceRules
	mode   paceMode
	turn   turn
	sweep  sweep
	window paceWindow
	block  paceBlock
	counts counts
	signs  signs
}

// paceMode is what a pace is about.
type paceMode uint8

const (
	paceSeeking  paceMode = iota // nothing was refused yet
	paceCruising                 // sweeping around what it believes
	paceHolding                  // something was refused, and nothing is known of what came later
	paceBlocked                  // it was refused again: one probe at a time
)

// signs are moving averages over answers.
type signs struct {
	refused float64 // the share of them that are refusals
	credit  float64 // of odd refusals that cost nothing
	cost    float64 // refusals in an event
	run     float64 // refusals in the last event
	lag     float64 // how long refusals take
	took    float64 // how long the others take
	slowest float64 // how long they take at the most, lately
}

// held reports whether refusals are held back: they come much later than other answers.
func (s *signs) held() bool { return s.slowest > 0 && s.lag > max(2*s.slowest, paceHeldBack) }

// latency is how long accepted requests take, on average and at the most, when another one took
// so long. One that is late says little of the others: one in 16 may be before the most goes up.
func (s *signs) latency(took float64) (mean, most float64) {
	most = took
	if s.slowest > 0 {
		most = max(0.998*s.slowest, min(took, 1.03*s.slowest))
	}
	return s.took + (took-s.took)/10, most
}

// tell has the last event tell what events cost. Where each costs much, a few must.
func (s *signs) tell() {
	events := 5.0
	if s.held() {
		events = 2
	}
	s.cost = max(s.cost+(s.run-1-s.cost)/events, 0.5)
}

// turn is whose turn it is.
type turn struct {
	due    float64 // when the next request may leave
	react  float64 // refusals of requests that left before this are old
	until  float64 // when holding back ends
	asked  float64 // nothing may leave before this, as the service asked
	gentle int     // answers to come until what was learned before is taken for true
}

// Times and sizes of a pace, in seconds and requests a second.
const (
	paceFirst    = 10   // the first rate
	paceDoubling = 0.4  // until the rate doubles while seeking
	paceSlack    = 0.01 // how late a request may leave and still count as sent in time
	paceAsked    = 2    // a wait that is no longer says little: servers round up
	paceHeldBack = 0.5  // refusals that come sooner are not held back
	paceHeld     = 0.7  // the share of the rate at which it holds back
	paceOver     = 1.1  // above this share of what is believed the rate grows with what is accepted
)

func newCourse(r PaceRules) course {
	return course{
		rules: r, counts: counts{recent: newTally(1), good: newTally(1), cycle: newTally(60), late: newTally(10)},
		signs: signs{cost: 1, lag: 0.05, took: 0.05}, sweep: sweep{span: 1},
	}
}

// rate is how many requests a second may leave at t.
func (p *course) rate(t float64) float64 {
	return max(min(p.wanted(t), p.rules.Ceiling), p.rules.least())
}

// wanted is the rate without its bounds.
func (p *course) wanted(t float64) float64 {
	switch p.mode {
	case paceSeeking:
		fast := paceFirst * math.Pow(2, math.Floor((t-p.sweep.from)/paceDoubling))
		return min(fast, paceFirst+3*p.counts.good.count(t))
	case paceHolding, paceBlocked:
		return p.sweep.ref * paceHeld
	default:
		r := p.sweep.rate(t, p.rules.Leave, p.window.told())
		full := max(r, p.sweep.ref*(1-p.rules.Leave)/(1-sweepBack))
		if p.window.sated(p.counts.cycle.count(t), full) {
			return r / 2
		}
		if r > paceOver*p.sweep.ref {
			r = max(paceOver*p.sweep.ref, min(r, 5+2.5*p.counts.good.count(t)))
		}
		if p.turn.gentle > 0 {
			r *= paceRestart
		}
		return r
	}
}

// leaves notes that a request leaves at t, at that rate.
func (p *course) leaves(t, rate float64) {
	p.counts.add(t)
	switch p.mode {
	case paceBlocked:
		p.block.probe(t)
		return
	case paceHolding:
		if p.turn.until == 0 {
			p.turn.until = t + max(3*p.signs.lag, 0.03)
		}
	}
	late := t - max(p.turn.due, p.turn.asked)
	if late > max(2/rate, paceSlack) {
		p.sweep.from += min(late, t-p.sweep.from) // an unused rate proves nothing
		p.turn.due = t
	}
	p.turn.due = max(p.turn.due, t-paceSlack) + 1/rate
}

// seek looks for the limit anew, from what was believed on.
func (p *course) seek(t float64) {
	p.mode, p.turn.react = paceSeeking, t
	p.sweep.from = t - paceDoubling*math.Log2(max(p.sweep.ref/paceFirst, 1))
}

// cruise begins a sweep.
func (p *course) cruise(t float64) {
	p.mode = paceCruising
	p.sweep.from = t
	p.turn.due = min(p.turn.due, t+1/p.rate(t))
}

// accepted takes an accepted request into account.
func (p *course) accepted(t, sent float64) {
	s := &p.signs
	s.refused -= s.refused / 40
	s.credit = min(s.credit+0.005, 10)
	s.took, s.slowest = s.latency(t - sent)
	p.window.count++
	p.window.whole++
	p.counts.good.add(t, 1)
	p.turn.gentle = max(p.turn.gentle-1, 0)
	switch {
	case p.mode == paceHolding && sent > p.turn.react:
		p.window.kind = max(p.window.kind-1, -3) // a full window that follows another stays full
		p.turn.react = sent                      // what left before belongs to the same event
		p.cruise(t)
	case p.mode == paceBlocked && sent > p.block.since:
		p.unblock(t, sent)
	}
}

// refused takes a refusal into account that asks for such a wait.
func (p *course) refused(t, sent, wait float64) {
	s := &p.signs
	p.counts.forget(sent)
	s.lag += (t - sent - s.lag) / 10
	if p.mode != paceBlocked {
		s.refused += (1 - s.refused) / 40
		s.credit = max(s.credit-1, -3)
		s.run++
	}
	switch {
	case p.mode == paceBlocked:
		p.block.goesOn(t, sent, wait)
	case sent <= p.turn.react: // it is old
		return
	case p.mode == paceHolding:
		p.blocked(t, sent, wait)
	default:
		p.event(t, sent)
		if wait > paceAsked || p.window.exhausted(p.counts.cycle.count(sent), p.sweep.ref) {
			p.blocked(t, sent, wait)
		}
	}
	if wait > paceAsked && p.mode == paceBlocked {
		p.turn.asked = max(p.turn.asked, t+wait)
	}
}

// blocked begins a block.
func (p *course) blocked(t, sent, wait float64) {
	p.mode = paceBlocked
	b := &p.block
	b.since, b.shut, b.last, b.probing = sent, sent, t, false
	b.goesOn(t, sent, wait)
}
