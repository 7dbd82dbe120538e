package policy

import "math"

// quotaSaid is what answers say of how many calls are left until when.
type quotaSaid struct {
	until float64 // when all are there again; 0 when nothing was said
	left  float64 // at the last answer
	last  float64 // how many calls a second that was
	long  bool    // the window is long enough to be divided
}

// quotaLong is from which window on what is left is spread over it: the times that
// servers name are whole seconds.
const quotaLong = 5

// note takes an answer into account while so many requests are under way.
func (q *quotaSaid) note(t float64, out int, r PaceReply) {
	if r.Reset <= 0 || r.Quota <= 0 {
		return
	}
	until := t + seconds(r.Reset)
	q.long = q.long || seconds(r.Reset) > quotaLong
	if until > q.until+1.5 || t > q.until {
		q.until = until
	}
	q.until = min(q.until, until)
	q.left = float64(r.Left - out)
	q.last = max(q.left, 0) / max(q.until-t, 0.1)
}

// rate is how many calls a second are left; no bound when that is not known.
func (q *quotaSaid) rate(t float64) float64 {
	if !q.long || t >= q.until {
		return math.Inf(1)
	}
	return max(q.last, 0.01)
}

// open is when there are calls again.
func (q *quotaSaid) open(t float64) float64 {
	if !q.long || t >= q.until || q.left >= 1 {
		return 0
	}
	return q.until + 0.02
}

// hint finds out whether failures of the service are throttles: those that come only above
// some rate are.
type hint struct {
	share  float64 // of answers that are failures
	state  hintState
	before float64 // the share that began the trial
	at     float64 // when it began, or when the next may
	pause  float64 // until then
	ref    float64 // what was believed before it
	mode   paceMode
}

type hintState uint8

const (
	hintNone   hintState = iota
	hintTrial            // failures count as throttles, to see whether a lower rate helps
	hintProven           // it did
)

// Bounds of a hint.
const (
	hintShare = 0.2 // so many failures begin a trial
	hintTime  = 6   // so long it takes, in seconds
)

// read returns what an end counts as.
func (h *hint) read(p *course, t float64, end PaceEnd) PaceEnd {
	switch end {
	case PaceAccepted:
		h.share -= h.share / 40
	case PaceFailed:
		h.share += (1 - h.share) / 40
	default:
		return end
	}
	alone := p.counts.good.count(t) == 0 // nothing succeeds: the far side is down
	switch {
	case h.state == hintProven && !alone || end == PaceAccepted && h.state != hintTrial:
	case h.state == hintNone && h.share > hintShare && !alone && t >= h.at:
		*h = hint{share: h.share, state: hintTrial, before: h.share, at: t, pause: h.pause, ref: p.sweep.ref, mode: p.mode}
	case h.state != hintTrial:
		return PaceLost
	case alone && p.signs.took < t-h.at:
		h.end(p, t)
		return PaceLost
	case t-h.at < hintTime:
	case h.share < h.before/2:
		h.state = hintProven
	default:
		h.end(p, t)
		if end == PaceFailed {
			return PaceLost
		}
	}
	if end == PaceFailed {
		return PaceRefused
	}
	return end
}

// end ends a trial that has shown nothing, with what was believed before.
func (h *hint) end(p *course, t float64) {
	h.state, h.pause = hintNone, min(max(2*h.pause, 60), 3600)
	h.at = t + h.pause
	if h.mode != paceSeeking {
		p.sweep.ref = h.ref
		p.cruise(t)
		p.block.probing = false
	} else {
		p.mode, p.sweep.from = paceSeeking, t
	}
}
