package terminal

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cleaner/internal/pass"
)

// bar is the progress of a pass in one line, at the bottom of the screen. One that cannot be
// drawn harms nothing.
type bar struct{ screen *Screen }

// NewBar makes a bar. What it shows comes with each view.
func (s *Screen) NewBar(int64) pass.Bar { return bar{s} }

// Draw brings the bar up to date.
func (b bar) Draw(v pass.View) {
	width := cmp.Or(Width(b.screen.w), 80)
	b.screen.draw(progressLine(v, width-1), width) // in its last column a terminal may begin a line
}

// Finish takes the bar away: what the pass came to is said by its summary.
func (b bar) Finish(pass.View) { b.screen.erase() }

// What a drawn bar has at least, and at most, in columns.
const (
	leastBar = 10
	mostBar  = 40
)

// narrow is the width below which words are left out.
const narrow = 50

// progressLine says how a pass goes in one line of at most width columns: how much of what this
// pass will do is done, what holds it up or else how long it will last, how fast it goes
// and what bounds that. What has no room is left out from the end.
func progressLine(v pass.View, width int) string {
	done, share := v.Done.Settled(), 0.0
	if v.Total > 0 {
		share = min(1, float64(done)/float64(v.Total))
	}
	between := "  "
	if width < narrow {
		between = " "
	}
	line := fmt.Sprintf("%d/%d %d%%", done, v.Total, int(100*share))
	if held := cmp.Or(v.Breaker, v.Throttle, v.Waits); held != "" {
		return cutTo(line+between+held, width)
	}
	for _, part := range parts(v, width < narrow) {
		if longer := line + between + part; utf8.RuneCountInString(longer) <= width {
			line = longer
		}
	}
	if room := min(width-utf8.RuneCountInString(line)-3, mostBar); room >= leastBar {
		full := int(share * float64(room))
		line = "[" + strings.Repeat("#", full) + strings.Repeat(".", room-full) + "] " + line
	}
	return cutTo(line, width)
}

// parts are what is said beside the count, the most important first. Brief ones have fewer words.
func parts(v pass.View, brief bool) (all []string) {
	add := func(wanted bool, format string, args ...any) {
		if wanted {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	add(v.Rest.Lasts > 0, "%s left", brieflyOf(v.Rest.Rounded()))
	bound := v.Rest.Bound.String()
	if brief {
		add(v.Pace.Achieved > 0, "%.2g/s", v.Pace.Achieved)
		add(bound != "", "%s", bound)
	} else {
		add(v.Pace.Achieved > 0, "%.3g/s", v.Pace.Achieved)
		add(bound != "", "bound by %s", bound)
	}
	add(v.Done.Dead > 0, "%d dead", v.Done.Dead)
	add(v.Done.Throttled > 0, "%d throttled", v.Done.Throttled)
	add(v.Rate > 0 && v.Rate < 1e6, "%.3g/s permitted", v.Rate)
	return all
}

// brieflyOf is d without units of which there are none: 17m for 17m0s.
func brieflyOf(d time.Duration) string {
	text := d.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = strings.TrimSuffix(text, none[1:])
		}
	}
	return text
}
