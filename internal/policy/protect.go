package policy

import (
	"path"
	"regexp"
	"strings"
)

// Protect is a list of task IDs that must never be deleted: IDs, globs and
// regular expressions. ParseProtect makes one; it never changes, and many
// goroutines may ask it. A nil Protect protects nothing.
//
// Case is ignored throughout. Real IDs are lower-case hexadecimal; if some were not, it
// would be the smaller mistake to protect too much. For the same reason an ID that is
// written as a UUID, with dashes between its hexadecimal digits, is the one without them.
type Protect struct {
	exact    map[string]string // rules as written, by ID as undashed returns it
	patterns []pattern         // in the order of the list
	kinds    Kinds
}

// Kinds counts the rules of a list by their kind, repeated IDs once.
type Kinds struct{ IDs, Globs, Expressions int }

// Kinds returns how many rules of each kind the list has.
func (p *Protect) Kinds() Kinds {
	if p == nil {
		return Kinds{}
	}
	return p.kinds
}

// pattern is a rule that protects many IDs.
type pattern struct {
	rule    string // as written
	matches func(id string) bool
}

// Match reports whether id is protected, and by which rule, as written.
func (p *Protect) Match(id string) (rule string, ok bool) {
	if p == nil {
		return "", false
	}
	if rule, ok := p.exact[undashed(id)]; ok {
		return rule, true
	}
	for _, pt := range p.patterns {
		if pt.matches(id) {
			return pt.rule, true
		}
	}
	return "", false
}

// undashed is id in lower case, and without the dashes of a UUID.
func undashed(id string) string {
	id = strings.ToLower(id)
	const dashed = "00000000-0000-0000-0000-000000000000"
	if len(id) != len(dashed) {
		return id
	}
	for i := range len(id) {
		if dash := dashed[i] == '-'; dash != (id[i] == '-') || !dash && !strings.Contains("0123456789abcdef", id[i:i+1]) {
			return id
		}
	}
	return strings.ReplaceAll(id, "-", "")
}

// Len is how many rules the list has, repeated IDs counted once.
func (p *Protect) Len() int {
	if p == nil {
		return 0
	}
	return len(p.exact) + len(p.patterns)
}

// glob returns a matcher of shell patterns: *, ?, [a-f], and \ before what is
// meant as it stands.
func glob(expr string) (func(string) bool, error) {
	lower := strings.ToLower(expr)
	for _, p := range []string{expr, lower} {
		if _, err := path.Match(p, ""); err != nil {
			return nil, err
		}
	}
	// Lower-casing turns a range like [Z-a] into an empty one, so the pattern as
	// written counts as well.
	return func(id string) bool {
		written, _ := path.Match(expr, id)
		folded, _ := path.Match(lower, strings.ToLower(id))
		return written || folded
	}, nil
}

// whole returns a matcher of regular expressions that must match an ID from
// beginning to end.
func whole(expr string) (func(string) bool, error) {
	if _, err := regexp.Compile(expr); err != nil { // alone, so that ")(" cannot break out
		return nil, err
	}
	re, err := regexp.Compile(`(?i)\A(?:` + expr + `)\z`)
	if err != nil {
		return nil, err
	}
	return re.MatchString, nil
}
