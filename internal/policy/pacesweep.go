package policy

// sweep is how the rate goes around what the pace believes.
type sweep struct {
	ref  float64 // the rate that is believed to be let through
	span float64 // how long a sweep takes
	from float64 // when it began
}

// The shape of a sweep.
const (
	sweepDip  = 0.096 // it begins at 1 - sweepDip/8
	sweepRise = 0.4   // and ends at 1 + sweepRise/16
	sweepBack = 0.012 // how far below the rate that failed the next one goes

	paceAlone = 0.85 // below this share of what was told others use the limit, too

	sweepCost     = 0.004  // the share of the requests that looking for more may cost
	sweepCostSoon = 0.0025 // the same in short windows, where it does not take long
)

// at is how far the sweep is: from -0.5 to 0.5, and beyond.
func (s *sweep) at(t float64) float64 { return (t-s.from)/s.span - 0.5 }

// rate is the rate at t. Where the limit was told there is less to look for.
func (s *sweep) rate(t, leave float64, told bool) float64 {
	u := s.at(t)
	if u < 0 {
		return s.ref * (1 - leave) * (1 + sweepDip*u*u*u)
	}
	rise := sweepRise
	if told {
		rise /= 2
	}
	return s.ref * (1 - leave) * (1 + rise*u*u*u*u)
}

// mean is the mean rate between two moments, of which the first may be before the sweep.
func (s *sweep) mean(from, to, leave float64, told bool) float64 {
	a, b := max(s.at(from), -0.5), s.at(to)
	if b-a < 1e-3 {
		return s.rate(to, leave, told)
	}
	rise := sweepRise
	if told {
		rise /= 2
	}
	area := func(u float64) float64 {
		if u < 0 {
			return u + sweepDip*u*u*u*u/4
		}
		return u + rise*u*u*u*u*u/5
	}
	return s.ref * (1 - leave) * (area(b) - area(a)) / (b - a)
}

// event decides by the first refusal of a request that left at sent.
func (p *course) event(t, sent float64) {
	s := &p.signs
	if p.turn.gentle > 0 { // the limit is less than it was
		p.sweep.ref, p.turn.gentle = paceRestart*p.sweep.ref, 0
	}
	s.tell()
	s.run = 1
	failing := p.lately(sent)
	achieved := p.counts.recent.count(sent) // the last second
	if t-sent > paceHeldBack {
		// Refusals are held back, and those of earlier requests are known.
		achieved = p.counts.late.over(sent, 1)
	}
	switch {
	case p.mode == paceSeeking:
		p.sweep.ref = max(achieved, 1)
		p.sweep.span, _ = p.bounds()
	case p.sweep.at(sent) >= 0:
		p.late(sent, failing, achieved)
	case s.credit >= 0:
	case s.held(): // how many are refused is known too late to tell
		p.sweep.ref = max(min(p.sweep.ref, achieved)*(1-2*sweepBack), heldCut*p.sweep.ref)
		_, most := p.bounds()
		p.sweep.widen(s, most)
	default:
		// What was uneven a window ago comes back in one that slides.
		p.window.shared = p.window.shared || sent-p.block.first > p.window.length
		p.sweep.ref = max(p.sweep.ref*(1-min(s.refused, 0.5)), min(0.95*achieved, p.sweep.ref))
	}
	p.believe()
	p.mode = paceHolding
	p.turn.react = t
	p.turn.until = 0
	p.block.first, p.block.failing = sent, failing
}

// lately is the mean rate before t, over the time in which a limit would notice.
func (p *course) lately(t float64) float64 {
	if p.mode != paceCruising {
		return p.rate(t)
	}
	return min(p.sweep.mean(t-max(1, p.window.length), t, p.rules.Leave, p.window.told()), p.rate(t))
}

// late decides by a refusal above what was believed: there is the limit.
func (p *course) late(sent, failing, achieved float64) {
	least := 0.95 * p.sweep.ref
	switch {
	case p.window.length <= 2:
		failing = min(failing, achieved+1)
	case sent >= p.window.length: // the limit is over the window
		failing = min(failing, p.counts.cycle.count(sent)/p.window.length)
		least = 0.9 * p.sweep.ref
	}
	failing = max(failing, least)
	if told := p.window.limit(); told > 0 {
		p.window.shared = failing < 0.97*told && (p.window.shared || failing < paceAlone*told)
		failing = min(failing, told)
	}
	if failing > 1.3*p.sweep.ref {
		p.sweep.ref = failing * (1 - sweepBack)
		p.sweep.span, _ = p.bounds()
		return
	}
	p.sweep.ref = p.sweep.room(failing, p.rules.Leave)
	_, most := p.bounds()
	p.sweep.widen(&p.signs, most)
}

// room is what is believed after that rate failed. Where a share is left to others, these may be
// refused for long before we are: so half of it is kept free, and the rate goes up by half the way.
func (s *sweep) room(failing, leave float64) float64 {
	room := failing * (1 - sweepBack - leave/2) / (1 - leave)
	if leave > 0 {
		room = (room + s.ref) / 2
	}
	return room
}

// widen has the next sweep take longer, up to most.
func (s *sweep) widen(g *signs, most float64) {
	span := 2 * s.span
	if g.held() { // each event costs much at once
		span = max(span, g.cost/(heldCost*s.ref))
	}
	s.span = min(span, most)
}

// bounds are how long a sweep takes at least and at most: to look for more costs half a
// per cent.
func (p *course) bounds() (least, most float64) {
	w := p.window.length
	least = max(2, 4*p.signs.lag, w, min(8, 40/max(p.sweep.ref, 0.1)))
	share := sweepCost
	if w <= 2 {
		share = sweepCostSoon
	}
	most = max(12, p.signs.cost/(share*max(p.sweep.ref, 0.01)))
	if w == 0 {
		most = min(most, 60)
	} else {
		most = min(most, max(12, 2*w))
	}
	if p.window.shared { // others are refused, too
		most *= 2
	}
	return least, max(least, most)
}

// believe bounds what is believed by what was told.
func (p *course) believe() {
	if told := p.window.limit(); told > 0 {
		if p.sweep.ref > paceAlone*told && !p.window.shared {
			p.sweep.ref = 0.994 * told
		}
		p.sweep.ref = min(p.sweep.ref, told)
	}
	p.sweep.ref = max(p.sweep.ref, p.rules.least(), 1e-3)
	p.sweep.ref = min(p.sweep.ref, max(p.rules.Ceiling*1.2, 1e-3))
}

// Where refusals are held back.
const (
	heldCost = 0.01 // the share of the answers that they may be
	heldCut  = 0.93 // the share of what was believed that an early one leaves at the least
)
