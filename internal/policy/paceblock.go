package policy

import "math"

// paceBlock is a time in which everything is refused, and what it says of the window.
type paceBlock struct {
	opened  float64 // when the last long one ended
	open    float64 // when the last one ended, or the first request left
	first   float64 // when the first refused request of this one left
	failing float64 // at what rate
	since   float64 // when the last request left that was refused
	shut    float64 // until when the window was full for sure
	last    float64 // when the last probe left
	probes  float64 // sent in this block
	probing bool    // it is not answered yet
}

// rounds are the windows that people configure, in seconds.
func rounds() []float64 {
	return []float64{1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 86400}
}

// next is when the next probe may leave.
func (b *paceBlock) next(ref float64, w paceWindow, asked float64) float64 {
	step := max(0.1, w.length/25, (b.last-b.first)/5)
	if w.kind <= 0 && b.probes == 0 {
		step = max(0.1, 5/ref)
	}
	if w.length == 0 {
		return max(b.round(b.last+step), asked)
	}
	if w.kind > 1 {
		step = max(step, w.length/8)
	}
	end := b.opened + w.length*math.Ceil((b.last-b.opened+0.001)/w.length) + 0.01
	if past := b.last - (end - w.length); b.last-b.first > past && past < w.length/8 { // it should have ended
		step = min(step, max(0.2, w.length/200, past/2))
	}
	return max(min(b.last+step, end), asked)
}

// round is at, or the end of a round window before that.
func (b *paceBlock) round(at float64) float64 {
	for _, r := range rounds() {
		if end := b.open + r + 0.01; end > b.last+0.05 {
			at = min(at, end)
			break
		}
	}
	return at
}

func (b *paceBlock) probe(t float64) {
	b.last, b.probing = t, true
	b.probes++
}

// goesOn takes another refusal into account.
func (b *paceBlock) goesOn(t, sent, wait float64) {
	b.since, b.shut = max(b.since, sent), max(b.shut, sent)
	if wait > 0 { // it is not over before, but for what the server has rounded up
		b.shut = max(b.shut, t+wait-1.2)
	}
	b.probing = b.probing && sent < b.last
}

// unblock ends a block: a request that left at sent was accepted.
func (p *course) unblock(t, sent float64) {
	b, w := &p.block, &p.window
	took, cycle := sent-b.first, sent-b.open
	n := float64(w.count - 1)
	long := took > cycle/5 && cycle > 0.9
	if w.length > 0 && took > 1.05*w.length+0.5 && !w.told() {
		w.length = 0 // no block is longer than its window
	}
	known := w.length
	switch {
	case p.signs.held() && b.probes <= 1: // nothing was sent while refusals were held back: it says nothing of a window
		p.sweep.ref *= 0.985
	case w.length > 0 && (cycle < 2 || n < 20) && cycle < w.length*0.9:
		p.sweep.ref *= 0.98 // few calls say little
	case w.length > 2:
		if cycle >= w.length*0.9 {
			most := p.counts.cycle.count(sent) - 1
			if took < w.length/5 {
				most = max(most, p.counts.cycle.count(b.first))
			}
			// What was accepted since the last long block fitted into a window, too.
			whole := float64(w.whole-1) / max(sent-b.opened, w.length)
			p.sweep.ref = max(most/w.length, n/max(cycle, w.length), whole) * (1 - sweepBack)
		} else {
			p.sweep.ref = min((n/max(cycle, 0.1)+b.failing)/2, p.sweep.ref)
		}
	case took > 2 && w.length == 0 && learn(p, roundIn(b.shut-b.opened, sent-b.opened+0.05), float64(w.whole-1)):
	case long && w.length == 0 && took > 0.5:
		if !learn(p, roundIn(b.shut-b.open, cycle+0.05), n) {
			p.sweep.ref = n / cycle
		}
	case took < 0.2 && w.told(): // others take part, or it would be what was told
		p.sweep.ref *= 0.985
	case took < 0.2: // the event has said it all
		p.sweep.ref *= 0.995
	case cycle < 2 || n < 20:
		p.sweep.ref *= 0.97 // few calls say little
	default:
		p.sweep.ref = min((n/cycle+b.failing)/2, p.sweep.ref)
	}
	least, most := p.bounds()
	p.sweep.span = min(max(p.sweep.span, least), most)
	if w.length > 2 && w.length == known && w.blocks > 0 {
		w.judge((sent - b.opened) / w.length)
	}
	w.blocks++
	b.open, b.probing = sent, false
	w.count = 1
	if took > 2 {
		b.opened, w.whole = sent, 1
	}
	p.turn.react = b.since
	p.believe()
	p.turn.due = t
	p.cruise(t)
	b.probes = 0
}

// learn has p take over a window in which so many were accepted, if it is one.
func learn(p *course, length, n float64) bool {
	if length == 0 {
		return false
	}
	p.window.length = length
	p.counts.cycle.stretch(length)
	p.sweep.ref = n / length
	return true
}

// judge finds out the kind of the window, by how many windows there are from the end of one
// block to that of the next: a whole number if they follow one another.
func (w *paceWindow) judge(windows float64) {
	switch off := math.Abs(windows - math.Round(windows)); {
	case windows < 0.5:
	case off < 0.03:
		w.kind = min(w.kind+1, 3)
	default:
		w.kind = max(w.kind-1, -3)
	}
}

// roundIn is the round window in (after, upTo]; 0 when there is none.
func roundIn(after, upTo float64) float64 {
	for _, r := range rounds() {
		if r > after-0.02*r && r <= upTo+0.001*r {
			return r
		}
	}
	return 0
}

// paceWindow is what is known of the window.
type paceWindow struct {
	length float64             // 0 when it is not known
	pairs  map[float64]float64 // told limits by their windows
	blocks int                 // that have ended
	shared bool                // others use the limit that was told
	kind   int                 // above 0 when windows follow one another, below when they slide
	whole  int                 // accepted since the last long block ended
	count  int                 // accepted since the last block ended
}

// exhausted reports whether the window is one of those that follow one another, and used
// up by n requests where so many a second are believed to be let through.
func (w *paceWindow) exhausted(n, ref float64) bool {
	return w.length > 2 && w.kind > 1 && n >= 0.9*ref*w.length
}

// sated reports whether a window that slides holds so many requests already that it would
// soon be full at that rate: what was uneven a window ago comes back.
func (w *paceWindow) sated(n, rate float64) bool {
	return w.length > 2 && w.kind <= 0 && n > rate*w.length-1
}

// told reports whether the limit was told.
func (w *paceWindow) told() bool { return len(w.pairs) > 0 }

// limit is the least rate that was told; 0 when none was.
func (w *paceWindow) limit() float64 {
	least := math.Inf(1)
	for length, n := range w.pairs {
		least = min(least, n/length)
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

// noteLimit takes a limit into account that the service named.
func (p *course) noteLimit(n, length float64) {
	w := &p.window
	if n <= 0 || length <= 0 || w.pairs[length] == n {
		return
	}
	if w.pairs == nil {
		w.pairs = map[float64]float64{}
	}
	changed := w.pairs[length] != 0
	w.pairs[length] = n
	for l, n := range w.pairs {
		if w.limit() == n/l && l != w.length {
			w.length = l
			p.counts.cycle.stretch(l)
		}
	}
	if changed {
		p.sweep.ref = 0.994 * w.limit()
	}
}
