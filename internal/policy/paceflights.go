package policy

import "time"

// flightLevels is up to how many requests at once refusals are counted apart.
const flightLevels = 64

// flights are the requests under way, and a limit of calls at a time, which shows as
// refusals above some number of them while almost none is refused at or below it.
type flights struct {
	out      int
	most     int                   // the most there may be; 0 is no bound
	levels   map[time.Duration]int // how many there were when each left
	accepted [flightLevels]float64
	refused  [flightLevels]float64
	top      flightsTop
	trial    flightTrial
	guess    flightGuess
	order    []time.Duration // when those left that may still be under way, in order
}

// flightsTop counts the answers to requests that left when the most were under way, since
// that was the most.
type flightsTop struct{ accepted, refused float64 }

// tooHigh reports whether so many are refused that it was luck that so many were let
// through.
func (y flightsTop) tooHigh() bool {
	return y.refused >= 3 && y.refused >= 0.2*(y.refused+y.accepted)
}

// flightTrial is when one more at a time than the most is tried.
type flightTrial struct {
	on    bool
	at    float64 // when the next is due
	again float64 // how long after it again
	lucky int     // trials in a row that went well
}

// The times in seconds between trials of one more at a time.
const (
	flightsSoon = 2
	flightsLate = 60
)

// full reports whether no more may leave at t.
func (f *flights) full(t float64) bool {
	if f.most == 0 || f.out < f.most {
		return false
	}
	return f.out > f.most || f.trial.on || t < f.trial.at
}

func (f *flights) leave(at time.Duration) {
	f.out++
	if f.levels == nil {
		f.levels = map[time.Duration]int{}
	}
	f.levels[at] = f.out
	f.order = append(f.order, at)
	f.trial.on = f.trial.on || f.most > 0 && f.out > f.most
}

func (f *flights) land(sent time.Duration) (level int) {
	level = f.levels[sent]
	delete(f.levels, sent)
	f.out = max(f.out-1, 0)
	return level
}

// oldest is when the first of those under way left that left after react.
func (f *flights) oldest(react float64) (sent time.Duration, ok bool) {
	for len(f.order) > 0 {
		if _, flies := f.levels[f.order[0]]; flies && seconds(f.order[0]) > react {
			return f.order[0], true
		}
		f.order = f.order[1:]
	}
	return 0, false
}

// note counts an answer by how many were under way when its request left. It reports
// whether that was one too many.
func (f *flights) note(level int, refused bool, t float64) (tooMany bool) {
	if level < 1 || level >= flightLevels {
		return false
	}
	switch {
	case f.most == 0:
	case f.guess.open && level <= f.most && refused: // it is another limit
		f.unguess()
	case level > f.most, level == f.most && refused && f.trial.on: // the trial took the place of this one
		f.tried(f.most+1, refused, t)
		return refused
	case level == f.most && refused:
		f.top.refused++
		if f.most > 1 && f.top.tooHigh() {
			f.most, f.top = f.most-1, flightsTop{}
			return true
		}
	case level == f.most:
		f.top.accepted++
	}
	if !refused {
		f.accepted[level]++
	}
	return false
}

// lost notes that nothing is known of a request: another trial may be made for it.
func (f *flights) lost(level int) { f.trial.on = f.trial.on && level <= f.most }

// found counts the first refusal of an event, and reports whether it shows a bound.
func (f *flights) found(level int, t float64) bool {
	if level < 1 || level >= flightLevels {
		return false
	}
	f.refused[level]++
	return f.most == 0 && f.find(t)
}

// tried takes a trial of one more at a time into account: several must go well, since one
// may by luck.
func (f *flights) tried(level int, refused bool, t float64) {
	try := &f.trial
	if !try.on {
		return
	}
	try.on = false
	if f.guess.open {
		f.guessed(refused, t)
		return
	}
	switch {
	case refused:
		try.lucky, try.again = 0, min(2*try.again, flightsLate)
	case try.lucky < 3:
		try.lucky++
	default:
		f.most, f.top, try.lucky, try.again = level, flightsTop{}, 0, flightsSoon
	}
	try.at = t + try.again
}

// find looks for a bound, and reports whether it has found one: refusals of their own come
// only above it, where few requests are.
func (f *flights) find(t float64) bool {
	var all, refused, under, over float64
	for l := 1; l < flightLevels; l++ {
		all += f.accepted[l]
		refused += f.refused[l]
	}
	for l := 1; l < flightLevels && f.most == 0; l++ {
		under += f.accepted[l]
		over += f.refused[l]
		bad, good := refused-over, all-under
		many := bad >= 3 && bad >= 0.4*(bad+good) || bad >= 4 && bad >= 0.2*(bad+good)
		if many && over <= 0.02*under && under >= 40 {
			f.most, f.trial.again, f.trial.at = l, flightsSoon, t+flightsSoon
			return true
		}
	}
	return false
}
