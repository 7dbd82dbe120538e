package policy

import (
	"fmt"
	"path"
	"regexp/syntax"
	"strings"
	"unicode"
)

// A rule that can match no task ID is a slip, such as a quote, a comma or a character
// that does not show, and what it was meant to protect would be deleted. This file finds
// such rules. It does not find all of them: a rule whose parts could each match may never
// match as a whole.

// impossible is the error of such a rule.
func impossible(rule string) error {
	return fmt.Errorf("%s can match no task ID, which has 1 to %d letters, digits, - and _: leave out quotes, commas, slashes, and what does not show",
		clip(rule), maxIDLength)
}

// letters are the characters of task IDs.
const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

// globMayMatch reports whether a valid shell pattern may match a task ID, as glob does: as
// it is written, or in lower case.
func globMayMatch(expr string) bool {
	return patternMayMatch(expr, letters) || patternMayMatch(strings.ToLower(expr), strings.ToLower(letters))
}

// patternMayMatch reports whether a valid shell pattern may match an ID of these
// characters. Each of its own characters, escapes and classes stands for one of the ID.
func patternMayMatch(expr, letters string) bool {
	length := 0
	for expr != "" {
		part := globPart(expr)
		expr = expr[len(part):]
		if part == "*" {
			continue
		}
		if length++; length > maxIDLength || !matchesLetter(part, letters) {
			return false
		}
	}
	return true
}

// globPart returns the first part of a valid pattern: a class, an escape, or a character.
func globPart(expr string) string {
	switch expr[0] {
	case '\\':
		return expr[:1+len(firstRune(expr[1:]))]
	case '[':
		i := 1
		if strings.HasPrefix(expr[i:], "^") {
			i++
		}
		for first := true; first || expr[i] != ']'; first = false {
			if expr[i] == '\\' {
				i++
			}
			i += len(firstRune(expr[i:]))
		}
		return expr[:i+1]
	}
	return firstRune(expr)
}

// firstRune is the first character of text.
func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}

// matchesLetter reports whether a part of a pattern matches one of the characters.
func matchesLetter(part, letters string) bool {
	for i := range len(letters) {
		if ok, _ := path.Match(part, letters[i:i+1]); ok {
			return true
		}
	}
	return false
}

// reach is what an expression can match of what is made of the characters of task IDs.
type reach struct{ empty, some bool }

// exprMayMatch reports whether a valid regular expression may match a task ID.
func exprMayMatch(expr string) bool {
	re, err := syntax.Parse(`(?i)`+expr, syntax.Perl)
	return err != nil || reachOf(re).some
}

// reachOf takes an assertion, such as ^ or \b, to hold everywhere.
func reachOf(re *syntax.Regexp) reach {
	switch re.Op {
	case syntax.OpNoMatch:
		return reach{}
	case syntax.OpLiteral:
		return literalReach(re)
	case syntax.OpCharClass:
		return reach{some: classHasLetter(re.Rune)}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return reach{some: true}
	case syntax.OpCapture, syntax.OpPlus:
		return reachOf(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		return reach{empty: true, some: reachOf(re.Sub[0]).some}
	case syntax.OpRepeat:
		return repeatReach(re)
	case syntax.OpConcat:
		return concatReach(re.Sub)
	case syntax.OpAlternate:
		var all reach
		for _, sub := range re.Sub {
			r := reachOf(sub)
			all = reach{all.empty || r.empty, all.some || r.some}
		}
		return all
	}
	return reach{empty: true} // nothing, or an assertion
}

func repeatReach(re *syntax.Regexp) reach {
	r := reachOf(re.Sub[0])
	return reach{empty: r.empty || re.Min == 0, some: r.some && re.Max != 0}
}

func concatReach(subs []*syntax.Regexp) reach {
	all := reach{empty: true}
	for _, sub := range subs {
		r := reachOf(sub)
		all = reach{all.empty && r.empty, all.some && (r.some || r.empty) || all.empty && r.some}
	}
	return all
}

// literalReach is some if each character, in either case, is one of task IDs.
func literalReach(re *syntax.Regexp) reach {
	for _, r := range re.Rune {
		if !foldsToLetter(r) {
			return reach{}
		}
	}
	return reach{empty: len(re.Rune) == 0, some: len(re.Rune) > 0}
}

// foldsToLetter reports whether r, or what is the same but for case, stands in task IDs.
func foldsToLetter(r rune) bool {
	for f := unicode.SimpleFold(r); ; f = unicode.SimpleFold(f) {
		if !notInID(f) {
			return true
		}
		if f == r {
			return false
		}
	}
}

// classHasLetter reports whether a class, of pairs from and to, has a character of task IDs.
func classHasLetter(pairs []rune) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.ContainsFunc(letters, func(r rune) bool { return pairs[i] <= r && r <= pairs[i+1] }) {
			return true
		}
	}
	return false
}
