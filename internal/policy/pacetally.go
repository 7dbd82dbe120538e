package policy

// tallyBins is how finely a tally counts.
const tallyBins = 64

// tallySpare is how many bins more are kept, for moments that are a little in the past.
const tallySpare = 16

// tally counts what was sent in the last span of time, by when it was sent.
type tally struct {
	span float64
	bins [tallyBins + tallySpare]float64
	head int64 // the latest bin
}

func newTally(span float64) tally { return tally{span: span} }

// bin is the number of the bin of a moment.
func (y *tally) bin(t float64) int64 { return int64(t / y.span * tallyBins) }

func (y *tally) slot(bin int64) *float64 { return &y.bins[bin%(tallyBins+tallySpare)] }

// roll empties the bins up to that of t.
func (y *tally) roll(t float64) {
	to := y.bin(t)
	for from := max(y.head, to-tallyBins-tallySpare); from < to; {
		from++
		*y.slot(from) = 0
	}
	y.head = max(y.head, to)
}

// add counts n at t, unless that is long ago.
func (y *tally) add(t, n float64) {
	y.roll(t)
	if b := y.bin(t); b >= y.head-tallyBins-tallySpare+1 && b >= 0 {
		*y.slot(b) += n
	}
}

// count is how many there were in the span before t.
func (y *tally) count(t float64) (n float64) {
	to := y.bin(t)
	for b := max(to-tallyBins+1, 0, y.head-tallyBins-tallySpare+1); b <= min(to, y.head); b++ {
		n += *y.slot(b)
	}
	// of the bin before, the part that is inside
	if b := to - tallyBins; b >= 0 && b >= y.head-tallyBins-tallySpare+1 && b <= y.head {
		part := t/y.span*tallyBins - float64(to)
		n += *y.slot(b) * (1 - part)
	}
	return max(n, 0)
}

// over is how many there were in the time of that length before t, which lies within the span:
// as many as if those in a bin were even.
func (y *tally) over(t, length float64) (n float64) {
	width := y.span / tallyBins
	for b := max(y.bin(t-length), 0, y.head-tallyBins-tallySpare+1); b <= min(y.bin(t), y.head); b++ {
		begins := float64(b) * width
		part := min(t, begins+width) - max(t-length, begins)
		n += *y.slot(b) * min(max(part/width, 0), 1)
	}
	return max(n, 0)
}

// stretch changes the span, and keeps what is known as if it had been even.
func (y *tally) stretch(span float64) {
	if span == y.span {
		return
	}
	old := *y
	*y = newTally(span)
	for b := max(old.head-tallyBins, 0); b <= old.head; b++ {
		y.add((float64(b)+0.5)*old.span/tallyBins, *old.slot(b))
	}
}

// counts count what was sent, by when it was sent, unless that was refused.
type counts struct {
	recent tally // in the last second
	cycle  tally // in the last window, or minute when that is not known
	late   tally // in the last ten seconds
	good   tally // what was accepted in the last second, by when that was answered
}

func (c *counts) add(t float64) {
	c.recent.add(t, 1)
	c.cycle.add(t, 1)
	c.late.add(t, 1)
}

// forget does not count a request as one that was let through.
func (c *counts) forget(sent float64) {
	c.recent.add(sent, -1)
	c.cycle.add(sent, -1)
	c.late.add(sent, -1)
}
