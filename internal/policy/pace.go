package policy

import (
	"math"
	"time"
)

// Pace finds the rate that a service lets through, and stays just under it. It reads no
// clock: its times are since the pace began, and must not go back. It reads what a
// refusal says (limit, window, wait), and infers what is not said from when refusals
// begin and end.
//
// It seeks upward until something is refused. From then on it cruises: each sweep of the
// rate begins a little below what it believes, and ends a little above. One refusal is
// one event, however many requests were in flight. After an event it holds back until
// something is accepted; when it is refused again instead it is blocked, and sends one
// probe at a time.
//
// A Pace serves one endpoint and is not safe for concurrent use: its owner guards it with
// a mutex. Make it with NewPace.
type Pace struct {
	course
	flights flights
	quota   quotaSaid
	hint    hint
	met     paceMet
	overdue overdue
	guests  tally // requests of other lanes in the last ten seconds
}

// paceMet is when the limit has shown itself last.
type paceMet struct {
	known bool          // it has, since the pace began
	at    time.Duration // since the pace began
	once  time.Time     // when it had, before the pace began
}

func (m *paceMet) now(at time.Duration) { m.known, m.at = true, at }

// PaceRules bound a pace.
type PaceRules struct {
	// Ceiling is the most requests a second, and Floor the least.
	Ceiling, Floor float64
	// Leave is the share of the limit that is left to others, from 0 to below 1.
	Leave float64
}

// least is the least rate there may be.
func (r PaceRules) least() float64 { return min(r.Floor, r.Ceiling) }

// PaceEnd is what came of a request, as far as the pace goes.
type PaceEnd uint8

// The ends of a request.
const (
	PaceAccepted PaceEnd = iota // whatever comes from behind the gate: 404, 403 and 400 too
	PaceRefused                 // a throttle
	PaceFailed                  // a failure of the service, or a refused connection: it may be a throttle
	PaceLost                    // neither: a time-out, a reset
)

// PaceReply is the answer to a request.
type PaceReply struct {
	Sent time.Duration // when the request left
	End  PaceEnd
	// Wait is how long the answer asks to wait.
	Wait time.Duration
	// Limit calls in a Window are what the answer names; zero when it does not.
	Limit  int
	Window time.Duration
	// Of a Quota of calls, Left and Reset are how many more calls are let through until when, counted from the
	// answer; a Reset of zero is unknown.
	Quota, Left int
	Reset       time.Duration
}

// NewPace returns a pace that knows nothing but what was learned before; the zero value is
// nothing.
func NewPace(r PaceRules, known PaceLearned) *Pace {
	p := &Pace{course: newCourse(r), guests: newTally(10)}
	p.restore(known)
	return p
}

// Next returns when the next request may leave, which may be in the past. It reports
// false when none may before an answer comes.
func (p *Pace) Next(now time.Duration) (at time.Duration, ok bool) {
	t := seconds(now)
	if p.flights.full(t) {
		return 0, false
	}
	if p.mode == paceBlocked {
		return span(p.block.next(p.sweep.ref, p.window, p.turn.asked)), !p.block.probing
	}
	due := p.turn.due
	if until := p.quota.until; p.quota.long && t < until {
		due = min(due, until+paceSlack)
	}
	return span(max(due, p.turn.asked, p.quota.open(t))), true
}

// Rate returns how many requests a second may leave at now.
func (p *Pace) Rate(now time.Duration) float64 {
	t := seconds(now)
	r := p.rate(t)
	if p.mode == paceSeeking && p.flights.known() > 0 { // nothing else is known to bound it
		r = p.rules.Ceiling
	}
	return max(min(r, p.quota.rate(t)), p.rules.least())
}

// Sent notes that a request leaves now.
func (p *Pace) Sent(now time.Duration) {
	p.flights.leave(now)
	p.leaves(seconds(now), p.Rate(now))
	p.overdue.look(p, seconds(now))
}

// Note takes the answer to a request into account.
func (p *Pace) Note(now time.Duration, r PaceReply) {
	t, sent := seconds(now), seconds(r.Sent)
	level := p.flights.land(r.Sent)
	if p.mode == paceHolding && p.turn.until > 0 && t >= p.turn.until && r.End != PaceRefused {
		p.cruise(t)
	}
	p.noteLimit(float64(r.Limit), seconds(r.Window))
	p.quota.note(t, p.flights.out, r)
	if r.Limit > 0 {
		p.met.now(now)
	}
	switch p.hint.read(&p.course, t, r.End) {
	case PaceAccepted:
		p.flights.note(level, false, t)
		p.overdue.accepted(p, sent)
		p.accepted(t, sent)
	case PaceRefused:
		p.met.now(now)
		if p.flights.note(level, true, t) { // it was one too many at a time
			p.counts.forget(sent)
			return
		}
		if p.mode == paceSeeking && t-sent < paceHeldBack && p.flights.suspect(level, t) {
			p.counts.forget(sent)
			return
		}
		if p.mode != paceBlocked && sent > p.turn.react && p.flights.found(level, t) {
			p.seek(t)
			p.counts.forget(sent)
			return
		}
		p.refused(t, sent, seconds(r.Wait))
		if p.mode == paceBlocked {
			p.overdue.sent = 0
		}
	default:
		if r.End != PaceFailed { // those may well have been let through
			p.counts.forget(sent)
		}
		p.flights.lost(level)
		p.block.probing = p.block.probing && sent < p.block.last
	}
}

// Throttles reports whether failures of the service are throttles here.
func (p *Pace) Throttles() bool { return p.hint.state == hintProven }

func seconds(d time.Duration) float64 { return d.Seconds() }

func span(s float64) time.Duration { return time.Duration(min(s*1e9, math.MaxInt64/2)) }
