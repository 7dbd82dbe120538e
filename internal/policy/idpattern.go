package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// IDPattern is what the task IDs of inputs look like. ParseIDPattern makes one; it
// never changes, and many goroutines may ask it.
type IDPattern struct {
	text  string
	whole *regexp.Regexp
}

// ParseIDPattern returns the pattern that text is: a regular expression that an ID must
// match from beginning to end.
func ParseIDPattern(text string) (*IDPattern, error) {
	if _, err := regexp.Compile(text); err != nil { // alone, so that ")(" cannot break out
		return nil, err
	}
	whole, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return nil, err
	}
	// IDs of 32 hexadecimal digits are in lower case when they are matched.
	if lower := strings.Repeat("0123456789abcdef", 2); !whole.MatchString(lower) && whole.MatchString(strings.ToUpper(lower)) {
		return nil, errors.New("it matches hexadecimal digits in upper case only, and such IDs are put into lower case first: write a-f")
	}
	return &IDPattern{text, whole}, nil
}

// Check returns nil when id matches.
func (p *IDPattern) Check(id string) error {
	if !p.whole.MatchString(id) {
		return fmt.Errorf("task ID does not match %s", p.text)
	}
	return nil
}

// Outside returns the rules that protect no ID that matches, as written: those of one ID
// in order, and then the others as the list has them. No input can bring what they protect,
// so they may be mistyped.
func (p *Protect) Outside(pattern *IDPattern) (rules []string) {
	if p == nil {
		return nil
	}
	for id, rule := range p.exact {
		if pattern.Check(id) != nil && pattern.Check(strings.TrimSpace(rule)) != nil {
			rules = append(rules, rule)
		}
	}
	slices.Sort(rules)
	ids := newAutomaton("(?:" + pattern.text + ")")
	for _, pt := range p.patterns {
		if !slices.ContainsFunc(pt.automata(), func(a *automaton) bool { return mayMeet(ids, a) }) {
			rules = append(rules, pt.rule)
		}
	}
	return rules
}
