package policy

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// PaceLearned is what a pace has learned of a limit, for the next one. The zero value is
// nothing.
type PaceLearned struct {
	// Rate is how many requests a second are let through.
	Rate float64 `json:"rate"`
	// Window is the window that bounds them; 0 when it is not known. Follow says that
	// windows follow one another, Slide that they slide; neither is not known.
	Window time.Duration `json:"window,omitzero"`
	Follow bool          `json:"follow,omitempty"`
	Slide  bool          `json:"slide,omitempty"`
	// Named are the limits that the service has named.
	Named []PaceNamed `json:"named,omitempty"`
	// AtOnce is how many requests may be under way; 0 is no bound.
	AtOnce int `json:"at_once,omitzero"`
	// Failures says that failures of the service are throttles when they come above a rate.
	Failures bool `json:"failures,omitempty"`
	// Span is how long it takes to look for more, and Cost how many refusals that costs.
	Span time.Duration `json:"span,omitzero"`
	Cost float64       `json:"cost,omitempty"`
	// Held is how long refusals are held back; 0 when they are not.
	Held time.Duration `json:"held,omitzero"`
	// At is when the limit has shown itself last: by a refusal, or as the service named it.
	At time.Time `json:"at"`
}

// PaceNamed is a limit that a service has named: so many requests in a window.
type PaceNamed struct {
	Limit  int           `json:"limit"`
	Window time.Duration `json:"window"`
}

// A pace that was learned before begins with paceRestart of its rate, until restartAnswers
// were accepted.
const (
	paceRestart    = 0.95
	restartAnswers = 40
)

// IsZero reports whether nothing was learned.
func (l PaceLearned) IsZero() bool { return l.Rate <= 0 && l.AtOnce <= 0 }

// String says what was learned, for people.
func (l PaceLearned) String() string {
	if l.IsZero() {
		return "no limit was met"
	}
	if l.Rate <= 0 {
		return fmt.Sprintf("%d requests at once are let through", l.AtOnce)
	}
	text := fmt.Sprintf("%.4g requests a second are let through, %s", l.Rate, l.Source())
	if l.AtOnce > 0 {
		text += fmt.Sprintf("; at most %d at once", l.AtOnce)
	}
	if l.Failures {
		text += "; above that the service fails"
	}
	return text
}

// Source is how the limit is known.
func (l PaceLearned) Source() string {
	switch {
	case len(l.Named) > 0:
		n := slices.MinFunc(l.Named, func(a, b PaceNamed) int {
			return cmp.Compare(float64(a.Limit)/a.Window.Seconds(), float64(b.Limit)/b.Window.Seconds())
		})
		return fmt.Sprintf("as the service named %d in %v", n.Limit, n.Window)
	case l.Window > 0:
		return fmt.Sprintf("inferred from refusals, in a window of %v", l.Window)
	default:
		return "inferred from refusals"
	}
}

// paceKept is how long what was learned is believed when the limit shows itself no more.
const paceKept = 30 * 24 * time.Hour

// Old reports whether what was learned is too old at now to be believed. So is what was
// learned in a far future: a clock was wrong then.
func (l PaceLearned) Old(now time.Time) bool { return now.Sub(l.At).Abs() > paceKept }

// Age says when it was learned. After the clock was set back that is still to come.
func (l PaceLearned) Age(now time.Time) string {
	age := now.Sub(l.At).Round(time.Second)
	if age < 0 {
		return fmt.Sprintf("learned %v in the future, by this machine's clock", -age)
	}
	return fmt.Sprintf("learned %v ago", age)
}

// PaceOrigin is how a limit is known.
type PaceOrigin uint8

// How a limit may be known.
const (
	PaceInferred PaceOrigin = iota // from refusals
	PaceTold                       // the service has named it
	PaceOrigins  int        = iota // how many there are
)

// String is the origin's name.
func (o PaceOrigin) String() string { return [...]string{"inferred", "named"}[o] }

// Origin is how the limit is known.
func (l PaceLearned) Origin() PaceOrigin {
	if len(l.Named) > 0 {
		return PaceTold
	}
	return PaceInferred
}

// Met returns when the limit has shown itself last since the pace began, and false when it
// has not.
func (p *Pace) Met() (at time.Duration, ok bool) { return p.met.at, p.met.known }

// Learned is what the pace has learned; zero as long as it has met no limit. Its At is that
// of what was learned before: it is the caller's to set where the limit was Met since.
func (p *Pace) Learned() PaceLearned {
	l := p.learned()
	if !l.IsZero() {
		l.At = p.met.once
	}
	return l
}

func (p *Pace) learned() PaceLearned {
	if p.mode == paceSeeking || p.sweep.ref <= 0 {
		return PaceLearned{AtOnce: p.flights.known()}
	}
	l := PaceLearned{
		Rate: p.sweep.ref, Window: span(p.window.length), Follow: p.window.kind > 1, Slide: p.window.kind < -1,
		AtOnce: p.flights.known(), Failures: p.hint.state == hintProven, Span: span(p.sweep.span), Cost: p.signs.cost,
	}
	if p.signs.held() {
		l.Held = span(p.signs.lag)
	}
	for _, length := range slices.Sorted(maps.Keys(p.window.pairs)) {
		l.Named = append(l.Named, PaceNamed{int(p.window.pairs[length]), span(length)})
	}
	return l
}

// restore begins with what was learned before.
func (p *Pace) restore(l PaceLearned) {
	p.met.once = l.At
	if l.AtOnce > 0 {
		p.flights.most, p.flights.trial.again, p.flights.trial.at = l.AtOnce, flightsSoon, flightsSoon
	}
	if l.Rate <= 0 {
		return
	}
	p.mode, p.sweep.ref, p.turn.gentle = paceCruising, l.Rate, restartAnswers
	for _, n := range l.Named {
		p.noteLimit(float64(n.Limit), n.Window.Seconds())
	}
	if l.Window > 0 {
		p.window.length = seconds(l.Window)
		p.counts.cycle.stretch(p.window.length)
	}
	switch {
	case l.Follow:
		p.window.kind = 2
	case l.Slide:
		p.window.kind = -2
	}
	if l.Failures {
		p.hint.state = hintProven
	}
	p.signs.cost, p.signs.lag = max(l.Cost, 0.5), max(p.signs.lag, seconds(l.Held))
	p.signs.run = p.signs.cost // as if that had been the last event
	least, most := p.bounds()
	p.sweep.span = math.Min(math.Max(seconds(l.Span)/2, least), most)
}
