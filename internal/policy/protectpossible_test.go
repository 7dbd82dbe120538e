package policy

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

// TestImpossibleRules: a rule that can match no task ID is refused, with its line, and
// what it has that does not show is shown.
func TestImpossibleRules(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	for _, rule := range []string{
		"\u200b" + id, id + "\u00ad", "\ufeff" + id, `"` + id + `"`, id + ",", "tasks/" + id, "https://host/v2/tasks/" + id, id + ";", "'" + id + "'",
		"glob:0123*,", `glob:"0123*"`, "glob:*/0123*", "glob:0123*\u200b", "glob:01 23*", "glob:[,;]*", `glob:\"*`, "glob:[\u200b]*", `glob:a\,`,
		"glob:" + strings.Repeat("?", 129), "glob:ä*", "glob:**.*", `glob:[\]]`, `glob:[^\-0-9a-zA-Z_]*`,
		`re:"0123.*"`, "re:0123.*,", "re:tasks/.*", "re:0123.*\u200b", `re:"a|b"`, "re:[,/]+", `re:\s.*`, `re:^$`, "re:x{0}", "re:(ä)", `re:\.`, `re:(?:a,)+`, `re:[^\x00-\x{10FFFF}]`,
		`re:\b`, "re:(,|;)a*", "re:a(b,)",
	} {
		_, err := ParseProtect(strings.NewReader("abc\n" + rule + "\n"))
		bad, ok := errors.AsType[*ProtectError](err)
		if !ok || len(bad.Lines) != 1 || bad.Lines[0].Number != 2 {
			t.Errorf("%q: %v", rule, err)
			continue
		}
		if text := err.Error(); strings.ContainsAny(text, "\u200b\u00ad\ufeff") || !strings.Contains(text, "line 2") || !strings.Contains(text, "task ID") {
			t.Errorf("%q: the error is %q", rule, text)
		}
	}
}

// TestPossibleRules: a rule that matches an ID is taken, however it is written. These do
// match, so no judgement can be wrong about them.
func TestPossibleRules(t *testing.T) {
	for rule, id := range map[string]string{
		"glob:*": "a", "glob:0123*": "0123", "glob:?": "-", "glob:[a-f]*": "F0", "glob:[^,]*": "a", `glob:\a*`: "ab", "glob:[0-9,]x": "7X",
		`glob:[\]a]`: "a", "glob:[]]": "", "glob:" + strings.Repeat("?", 128): strings.Repeat("a", 128), "glob:[Z-a]": "_", `glob:[\--a]x`: "5x",
		"glob:\u212a": "K", // the sign of kelvin is a k
		"re:.*":       "a", "re:0123.*": "01234", "re:[0-9a-f]{30}(00|ff)": strings.Repeat("0", 30) + "FF", `re:\w+`: "a_1", "re:a,?b": "ab", "re:(,|a)b*": "abb",
		"re:,*a": "a", "re:(?:x,){0}a": "a", "re:^a$": "a", `re:\ba\b`: "a", "re:(?s).+": "a", "re:\u212a": "k", `re:[^\d]+`: "ab", "re:|a": "a", "re:,|a": "a", `re:\Qa-b\E`: "A-B",
		"re:(?-i)A": "A", "re:(?i:ſ)": "s",
	} {
		if id == "" { // no pattern at all
			continue
		}
		p, err := ParseProtect(strings.NewReader(rule + "\n"))
		if err != nil {
			t.Errorf("%q: %v", rule, err)
			continue
		}
		if _, ok := p.Match(id); !ok {
			t.Errorf("%q does not match %q: a wrong row", rule, id)
		}
	}
}

// TestKinds counts rules by kind, and each ID once.
func TestKinds(t *testing.T) {
	p, err := ParseProtect(strings.NewReader("a\nb\nA # again\n\nglob:x*\nre:y+\nglob:z*\n# none\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Kinds{IDs: 2, Globs: 2, Expressions: 1}); p.Kinds() != want || p.Len() != 5 {
		t.Errorf("%+v of %d, want %+v", p.Kinds(), p.Len(), want)
	}
	if got := (*Protect)(nil).Kinds(); got != (Kinds{}) {
		t.Errorf("of none: %+v", got)
	}
}

// FuzzPossibleRules: no rule that matches some ID is called impossible.
func FuzzPossibleRules(f *testing.F) {
	f.Add("[a-c]*,?", "b")
	f.Add(`\w+\b(x|,)`, "aax")
	f.Fuzz(func(t *testing.T, expr, id string) {
		if !regexp.MustCompile(`\A[0-9a-zA-Z_-]{1,128}\z`).MatchString(id) {
			return
		}
		if m, err := glob(expr); err == nil && expr != "" && m(id) && !globMayMatch(expr) {
			t.Errorf("glob:%q matches %q", expr, id)
		}
		if m, err := whole(expr); err == nil && m(id) && !exprMayMatch(expr) {
			t.Errorf("re:%q matches %q", expr, id)
		}
	})
}
