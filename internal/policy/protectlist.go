package policy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxIDLength is the longest task ID the service takes (API Reference,
// DeleteTaskV3).
const maxIDLength = 128

// ParseProtect reads a protect list, one rule to a line:
//
//	0123456789abcdef0123456789abcdef   that task
//	glob:0123*                         all that match the shell pattern
//	re:[0-9a-f]{30}(00|ff)             all that match the expression, wholly
//
// Blank lines and comments are left out; a comment begins with a # at the
// beginning of a line or after white space, and ends with the line.
//
// A list is used as a whole or not at all. The error is a *ProtectError with every bad
// line, or an error of reading, and the list is then nil. Since a nil list protects
// nothing, a caller that gets an error must delete nothing, or keep the list it had.
func ParseProtect(r io.Reader) (*Protect, error) {
	p := &Protect{exact: map[string]string{}}
	var bad []BadLine
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read protect list at line %d: %w", number, err)
		}
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // some editors write one
		}
		if problem := p.add(ruleOf(line)); problem != nil {
			bad = append(bad, BadLine{Number: number, Problem: problem})
		}
		if err != nil {
			break
		}
	}
	if len(bad) > 0 {
		return nil, &ProtectError{Lines: bad}
	}
	return p, nil
}

// ruleOf strips a line of its comment and of white space around.
func ruleOf(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// add adds one rule; an empty one is none.
func (p *Protect) add(rule string) error {
	var matches func(string) bool
	var err error
	may := true
	if expr, ok := strings.CutPrefix(rule, "glob:"); ok && expr != "" {
		if matches, err = glob(expr); err == nil {
			may = globMayMatch(expr)
		}
		p.kinds.Globs++
	} else if expr, ok := strings.CutPrefix(rule, "re:"); ok && expr != "" {
		if matches, err = whole(expr); err == nil {
			may = exprMayMatch(expr)
		}
		p.kinds.Expressions++
	} else if rule != "" {
		return p.addExact(rule)
	}
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", clip(rule), err)
	case !may:
		return impossible(rule)
	case matches != nil:
		p.patterns = append(p.patterns, pattern{rule, matches})
	}
	return nil
}

// addExact adds an ID. A rule that cannot be an ID, such as a glob without its prefix, is
// refused, since it would protect nothing.
func (p *Protect) addExact(rule string) error {
	if i := strings.IndexFunc(rule, notInID); i >= 0 || len(rule) > maxIDLength {
		return fmt.Errorf("%s is no task ID: write 1 to %d letters, digits, - and _, or glob:PATTERN, or re:EXPRESSION", clip(rule), maxIDLength)
	}
	p.exact[undashed(rule)] = rule
	p.kinds.IDs = len(p.exact)
	return nil
}

// notInID reports whether r cannot stand in a task ID.
func notInID(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		return false
	default:
		return true
	}
}

// clip quotes a rule for a message, cut where it is long.
func clip(rule string) string {
	const most = 60
	if len(rule) > most {
		return fmt.Sprintf("%.*q...", most, rule)
	}
	return fmt.Sprintf("%q", rule)
}

// BadLine is a line of a protect list that is no rule.
type BadLine struct {
	// Number is the line's, counted from 1.
	Number int
	// Problem says what is wrong and what to write.
	Problem error
}

// ProtectError is every bad line of a protect list, in order.
type ProtectError struct{ Lines []BadLine }

// linesShown bounds the message.
const linesShown = 50

// Error lists the bad lines, one to a line; of very many, the first.
func (e *ProtectError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "parse protect list: %d bad line(s), none of it is used:", len(e.Lines))
	for _, l := range e.Lines[:min(len(e.Lines), linesShown)] {
		fmt.Fprintf(&b, "\n  line %d: %v", l.Number, l.Problem)
	}
	if more := len(e.Lines) - linesShown; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}
