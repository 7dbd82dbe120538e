package policy

import "time"

// PaceGuests are requests of other lanes that may well meet the same limit as those of a
// pace: no document says whether a gateway limits looks apart from DELETEs. While they are
// few, they take the turns of the pace's own requests, and count among these. That costs
// no more than their number if they have a limit of their own.
type PaceGuests struct{ pace *Pace }

// Guests are the guests of the pace.
func (p *Pace) Guests() PaceGuests { return PaceGuests{p} }

// Bounds of guests.
const (
	guestShare = 0.1 // of all requests lately may be guests
	guestsFree = 5   // may be guests in any case
	guestWait  = 1   // is for how many seconds they wait for a turn at the most, or for two turns
)

// Admits reports whether one more request of another lane counts among those of the pace:
// not where they are many.
func (g PaceGuests) Admits(now time.Duration) bool {
	t := seconds(now)
	return g.pace.guests.count(t)+1 <= guestsFree+guestShare*g.pace.counts.late.count(t)
}

// Next returns when a guest may leave, which may be in the past. It reports false when none
// may before an answer comes. Where no limit is believed, or all wait for long, a guest
// waits for nothing.
func (g PaceGuests) Next(now time.Duration) (at time.Duration, ok bool) {
	p, t := g.pace, seconds(now)
	switch {
	case p.mode == paceBlocked:
		return now, true
	case p.flights.most > 0 && p.flights.out >= p.flights.most:
		return 0, false
	case p.mode == paceSeeking:
		return now, true
	}
	due := max(p.turn.due, p.turn.asked, p.quota.open(t))
	if due > t+max(guestWait, 2/p.Rate(now)) {
		return now, true
	}
	return span(due), true
}

// Sent notes that a guest leaves now.
func (g PaceGuests) Sent(now time.Duration) {
	p, t := g.pace, seconds(now)
	p.guests.add(t, 1)
	p.counts.add(t)
	p.flights.out++
	if p.mode == paceCruising || p.mode == paceHolding {
		p.turn.due = max(p.turn.due, t-paceSlack) + 1/p.Rate(now)
	}
}

// Note notes that the guest that left at sent is answered. What its answer says of a limit
// is for the pace of its own lane.
func (g PaceGuests) Note(sent time.Duration, end PaceEnd) {
	f := &g.pace.flights
	f.out = max(f.out-1, 0)
	if end == PaceRefused || end == PaceLost {
		g.pace.counts.forget(seconds(sent))
	}
}
