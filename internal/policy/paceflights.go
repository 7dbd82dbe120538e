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
	tryAt    float64 // when one more is tried
	tryAgain float64 // how long after that again
	trying   bool
	lucky    int     // trials in a row that went well
	top      float64 // refusals with the most under way
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
	return f.out > f.most || f.trying || t < f.tryAt
}

func (f *flights) leave(at time.Duration) {
	f.out++
	if f.levels == nil {
		f.levels = map[time.Duration]int{}
	}
	f.levels[at] = f.out
	f.trying = f.trying || f.most > 0 && f.out > f.most
}

func (f *flights) land(sent time.Duration) (level int) {
	level = f.levels[sent]
	delete(f.levels, sent)
	f.out = max(f.out-1, 0)
	return level
}

// note counts an answer by how many were under way when its request left. It reports
// whether that was one too many.
func (f *flights) note(level int, refused bool, t float64) (tooMany bool) {
	if level < 1 || level >= flightLevels {
		return false
	}
	switch {
	case f.most == 0:
	case level > f.most:
		f.tried(level, refused, t)
		return refused
	case level == f.most && refused:
		if f.top++; f.top >= 3 && f.most > 1 { // it was luck that so many were let through
			f.most--
			f.top = 0
		}
		return true
	case level == f.most:
		f.top = max(f.top-0.05, 0)
	}
	if !refused {
		f.accepted[level]++
	}
	return false
}

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
	f.trying = false
	switch {
	case refused:
		f.lucky, f.tryAgain = 0, min(2*f.tryAgain, flightsLate)
	case f.lucky < 3:
		f.lucky++
	default:
		f.most, f.lucky, f.tryAgain = level, 0, flightsSoon
	}
	f.tryAt = t + f.tryAgain
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
		if bad, good := refused-over, all-under; bad >= 3 && bad >= 0.4*(bad+good) && over <= 0.02*under && under >= 40 {
			f.most, f.tryAgain, f.tryAt = l, flightsSoon, t+flightsSoon
			return true
		}
	}
	return false
}
