package policy

// flightGuess is a bound of requests at once that one refusal has suggested, until trials
// of one more show whether it is one.
type flightGuess struct {
	made bool // a guess was made; there is no second one
	open bool // trials have not decided yet
	sum  int  // of trials: those refused less those accepted
}

// The trials of a guess.
const (
	guessEvery   = 0.2 // seconds between them
	guessDecides = 2   // by so many more of one kind they decide
	guessFew     = 1   // so many may have been let through above it, by luck
)

// known is how many there may be under way, as far as that is more than a guess; 0 is no bound.
func (f *flights) known() int {
	if f.guess.open {
		return 0
	}
	return f.most
}

// suspect takes the first refusal for that of a request too many at a time, when next to none
// was accepted with as many under way. It reports false where that is not so.
func (f *flights) suspect(level int, t float64) bool {
	if f.most > 0 || f.guess.made || level < 2 || level >= flightLevels {
		return false
	}
	f.guess.made = true
	over := 0.0
	for _, n := range f.accepted[level:] {
		over += n
	}
	if over > guessFew {
		return false
	}
	f.guess.open = true
	f.most, f.trial = level-1, flightTrial{at: t + guessEvery, again: guessEvery}
	return true
}

// guessed takes a trial of one more than the guess into account.
func (f *flights) guessed(refused bool, t float64) {
	g := &f.guess
	if refused {
		g.sum++
	} else {
		g.sum--
	}
	f.trial.at = t + guessEvery
	switch {
	case g.sum >= guessDecides:
		g.open, f.trial.again, f.trial.at = false, flightsSoon, t+flightsSoon
	case g.sum <= -guessDecides:
		f.unguess()
	}
}

// unguess drops a guess.
func (f *flights) unguess() {
	f.guess.open, f.most, f.trial = false, 0, flightTrial{}
}
