package queue

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Asked is what somebody said with a task ID who wants its task deleted. It may name a
// person, so it goes to the results and to the list of dead letters, and nowhere else: not
// to a log, a metric or a page.
type Asked struct {
	// Reason says why the task is to go, and By for whom.
	Reason, By string
}

// MostAsked is how many bytes are kept of each text of an Asked.
const MostAsked = 200

// cutMark ends a text that was cut.
const cutMark = "…"

// NewAsked returns what was said, or nil when nothing was. Each text becomes one line: what
// cannot be shown becomes a space. Of one with more than MostAsked bytes the end is cut, and
// an ellipsis says so.
func NewAsked(reason, by string) *Asked {
	a := Asked{oneLine(reason), oneLine(by)}
	if a == (Asked{}) {
		return nil
	}
	return &a
}

// oneLine returns text without what cannot be shown, cut to what is kept.
func oneLine(text string) string {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text))
	if len(text) <= MostAsked {
		return text
	}
	end := MostAsked - len(cutMark)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutMark
}
