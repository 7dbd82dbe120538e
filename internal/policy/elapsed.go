package policy

import (
	"slices"
	"time"
)

// Elapsed is the time that a ledger has seen pass, from one look at the clock to the
// next. It decides what is old enough to be forgotten, because no clock alone can: one
// that jumps ten years ahead makes everything ten years old. The zero value has seen
// nothing.
type Elapsed struct {
	// Last is what the clock said at the last look, and High the most it ever said, in
	// Unix seconds.
	Last int64 `json:"last"`
	High int64 `json:"high"`
	// Total is how many seconds have been seen to pass.
	Total int64 `json:"total"`
	// Marks are the looks that still matter, the oldest first; those close to each other
	// are one.
	Marks []ElapsedMark `json:"marks"`
}

// ElapsedMark is one look at the clock, or several.
type ElapsedMark struct {
	// Total is how much had been seen to pass at the first of them.
	Total int64 `json:"total"`
	// Clock is the least that the clock said, in Unix seconds.
	Clock int64 `json:"clock"`
}

// How the time to remember is divided: between two looks no more than a quarter of it
// can pass, so that a jump of the clock makes nothing older than that. That is why a
// quarter more is remembered. And a mark stands for a 32nd.
const (
	elapsedStep = 4
	elapsedMark = 32
)

// Look takes in what the clock says now. What the clock dated before the returned time
// is older than remember, whatever the clock did in the meantime; the time is zero when
// nothing is known to be.
//
// Time that nobody looked at counts too, but for what is more than a quarter of
// remember: with rarer looks more is remembered. A clock that is set back makes nothing
// older, and neither does one that returns from there.
func (e Elapsed) Look(now time.Time, remember time.Duration) (Elapsed, time.Time) {
	clock, keep := now.Unix(), int64(remember/time.Second)
	if len(e.Marks) == 0 {
		e = Elapsed{Last: clock, High: clock}
	}
	e.Total += e.passed(clock, keep/elapsedStep)
	e.Last, e.High = clock, max(e.High, clock)
	e.Marks = slices.Clone(e.Marks)
	e.mark(clock, keep/elapsedMark)
	old := e.Total - keep - keep/elapsedStep
	for len(e.Marks) > 1 && e.Marks[1].Total <= old {
		e.Marks = e.Marks[1:]
	}
	if e.Marks[0].Total > old {
		return e, time.Time{}
	}
	least := slices.MinFunc(e.Marks, func(a, b ElapsedMark) int { return int(a.Clock - b.Clock) })
	return e, time.Unix(least.Clock, 0)
}

// passed is how much of the time since the last look has passed for sure, and no more
// than most.
func (e Elapsed) passed(clock, most int64) int64 {
	step := clock - e.Last
	if step > most {
		step = clock - e.High // it may return from where it was set back to
	}
	return min(max(step, 0), most)
}

// mark adds a look, to the last mark if that is younger than apart.
func (e *Elapsed) mark(clock, apart int64) {
	if n := len(e.Marks) - 1; n >= 0 && e.Total-e.Marks[n].Total < apart {
		e.Marks[n].Clock = min(e.Marks[n].Clock, clock)
		return
	}
	e.Marks = append(e.Marks, ElapsedMark{Total: e.Total, Clock: clock})
}
