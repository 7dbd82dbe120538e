package policy

// overdue is the request that was taken for one that is refused, since it was not answered
// for longer than any that was accepted. It is undone when that request was only slow.
type overdue struct {
	sent float64 // when it left; 0 for none, or when more was refused since
	was  sweep   // before that, as are the signs
	cost float64
	run  float64
}

// overdueBy is how many times as long as any accepted request one takes that is overdue.
const overdueBy = 1.1

// look looks for such a request where refusals are known to be held back: to wait for them
// would have many more refused. The first answers of a pass do not tell how long they take.
func (o *overdue) look(p *Pace, t float64) {
	sent, ok := p.flights.oldest(p.turn.react)
	if !ok || !p.signs.held() || p.turn.gentle > 0 || p.mode != paceCruising && p.mode != paceSeeking {
		return
	}
	left := seconds(sent)
	if t-left <= overdueBy*p.signs.slowest {
		return
	}
	*o = overdue{left, p.sweep, p.signs.cost, p.signs.run}
	if p.mode == paceSeeking {
		o.sent = 0 // nothing was believed before
	}
	p.event(t, left)
	p.signs.run = 0 // it is counted when it is answered
}

// accepted has what was believed hold again when the request that was accepted is the overdue
// one, unless another event came since.
func (o *overdue) accepted(p *Pace, sent float64) {
	if o.sent == 0 || sent != o.sent || p.block.first != sent {
		return
	}
	p.sweep, p.signs.cost, p.signs.run = o.was, o.cost, o.run+p.signs.run
	if p.mode == paceHolding {
		p.mode = paceCruising
	}
	o.sent = 0
}
