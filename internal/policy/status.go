package policy

import (
	"strconv"
	"strings"
)

// Span is a range of HTTP statuses, both ends included.
type Span struct{ Min, Max int }

// Statuses is a set of HTTP statuses. The nil set is no condition: it holds
// every status, and the 0 of an exchange without an answer too.
type Statuses []Span

// Is returns the set of the statuses given.
func Is(statuses ...int) Statuses {
	set := make(Statuses, 0, len(statuses))
	for _, s := range statuses {
		set = append(set, Span{s, s})
	}
	return set
}

// Class returns the hundred statuses that begin with the digit given: Class(2)
// is 200 to 299.
func Class(digit int) Statuses {
	return Statuses{{Min: digit * 100, Max: digit*100 + 99}}
}

// Has reports whether status is in the set.
func (s Statuses) Has(status int) bool {
	for _, span := range s {
		if span.Min <= status && status <= span.Max {
			return true
		}
	}
	return s == nil
}

// String writes the set for people: "any", "5xx", "200, 204", "203, 205-299".
func (s Statuses) String() string {
	if s == nil {
		return "any"
	}
	parts := make([]string, 0, len(s))
	for _, span := range s {
		parts = append(parts, span.String())
	}
	return strings.Join(parts, ", ")
}

// String writes the span as one status, as a class like 5xx, or as min-max.
func (s Span) String() string {
	switch {
	case s.Min == s.Max:
		return strconv.Itoa(s.Min)
	case s.Min%100 == 0 && s.Max == s.Min+99:
		return strconv.Itoa(s.Min/100) + "xx"
	default:
		return strconv.Itoa(s.Min) + "-" + strconv.Itoa(s.Max)
	}
}

// all reports whether no status that HTTP knows is left out.
func (s Statuses) all() bool {
	for status := 100; status <= 599; status++ {
		if !s.Has(status) {
			return false
		}
	}
	return true
}

// within reports whether s is a condition that only statuses of the class meet.
func (s Statuses) within(digit int) bool {
	for _, span := range s {
		if span.Min < digit*100 || span.Max > digit*100+99 {
			return false
		}
	}
	return len(s) > 0
}
