package policy

import "time"

// joined are requests of other lanes that may well meet the same limit as those of a pace:
// no document says whether a gateway limits looks apart from DELETEs. While they are few,
// they take the turns of its own requests, and count among these. That costs no more than
// their number if they have a limit of their own.
type joined struct {
	lately tally // those that left in the last ten seconds
}

// Bounds of joined requests.
const (
	joinedShare = 0.1 // of all requests lately may be joined
	joinedFree  = 5   // are joined in any case
	joinedWait  = 1   // is for how many seconds they wait for a turn at the most, or for two turns
)

func newJoined() joined { return joined{lately: newTally(10)} }

// Joins reports whether one more request of another lane counts among those of the pace:
// not where they are many.
func (p *Pace) Joins(now time.Duration) bool {
	t := seconds(now)
	return p.joined.lately.count(t)+1 <= joinedFree+joinedShare*p.counts.late.count(t)
}

// JoinedNext returns when a joined request may leave, which may be in the past. It reports
// false when it may not before an answer comes. Where no limit is believed, or all wait
// for long, it waits for nothing.
func (p *Pace) JoinedNext(now time.Duration) (at time.Duration, ok bool) {
	t := seconds(now)
	switch {
	case p.mode == paceBlocked:
		return now, true
	case p.flights.most > 0 && p.flights.out >= p.flights.most:
		return 0, false
	case p.mode == paceSeeking:
		return now, true
	}
	due := max(p.turn.due, p.turn.asked, p.quota.open(t))
	if due > t+max(joinedWait, 2/p.Rate(now)) {
		return now, true
	}
	return span(due), true
}

// JoinedSent notes that a joined request leaves now.
func (p *Pace) JoinedSent(now time.Duration) {
	t := seconds(now)
	p.joined.lately.add(t, 1)
	p.counts.add(t)
	p.flights.out++
	if p.mode == paceCruising || p.mode == paceHolding {
		p.turn.due = max(p.turn.due, t-paceSlack) + 1/p.Rate(now)
	}
}

// JoinedNote notes that the joined request that left at sent is answered. What its answer
// says of a limit is for its own pace.
func (p *Pace) JoinedNote(sent time.Duration, end PaceEnd) {
	p.flights.out = max(p.flights.out-1, 0)
	if end == PaceRefused || end == PaceLost {
		p.counts.forget(seconds(sent))
	}
}
