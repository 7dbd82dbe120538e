package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIDPattern(t *testing.T) {
	for _, row := range []struct {
		pattern, id string
		want        bool
	}{
		{"[0-9a-f]{32}", "0123456789abcdef0123456789abcdef", true},
		{"[0-9a-f]{32}", "0123456789abcdef0123456789abcdef0", false},
		{"[0-9a-f]{32}", "0123456789abcdef0123456789abcdef\n", false},
		{"[0-9a-f]{32}", "42", false},
		{"a|b", "ab", false},
		{"a|b", "b", true},
		{"(?i)task-[0-9]+", "TASK-7", true},
		{"^task$", "task", true},
		{"(?m)^task$", "task\nx", false},
	} {
		p, err := ParseIDPattern(row.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Check(row.id) == nil; got != row.want {
			t.Errorf("%q matches %q: %v", row.pattern, row.id, got)
		}
	}
	for _, bad := range []string{"(", ")|(", "[", "a{2,1}", "[0-9A-F]{32}"} {
		if _, err := ParseIDPattern(bad); err == nil {
			t.Errorf("%q is taken for a pattern", bad)
		}
	}
}

// TestRulesOutsideThePattern: a rule for one ID that no input can bring is told.
func TestRulesOutsideThePattern(t *testing.T) {
	list, err := ParseProtect(strings.NewReader("0123456789ABCDEF0123456789abcdef\nmain-branch\nglob:x*\n42\nre:y\n"))
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := ParseIDPattern("[0-9a-f]{32}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"42", "main-branch", "glob:x*", "re:y"}, list.Outside(pattern)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (*Protect)(nil).Outside(pattern); got != nil {
		t.Errorf("no list has %v", got)
	}
}

// TestPatternsOutsideThePattern: what can hold no ID that an input brings is told, and
// nothing that can: people forget that a rule stands for whole IDs.
func TestPatternsOutsideThePattern(t *testing.T) {
	const hexadecimal = "[0-9a-f]{32}"
	for _, row := range []struct{ pattern, rule string }{
		{hexadecimal, "re:0000"},
		{hexadecimal, "re:^0000"},
		{hexadecimal, "re:[0-9a-f]{31}"},
		{hexadecimal, "re:xyz.*"},
		{hexadecimal, "re:[0-9a-f]{8}-.*"},
		{hexadecimal, "re:.*-release"},
		{hexadecimal, "re:(0{31}|0{33}|g.*)"},
		{hexadecimal, "glob:0123"},
		{hexadecimal, "glob:*_*"},
		{hexadecimal, "glob:" + id[:31]},
		{hexadecimal, "glob:" + id + "?"},
		{hexadecimal, "glob:task-*"},
		{hexadecimal, "glob:[g-z]*"},
		{hexadecimal, "glob:01234567-89ab-*"},
		{hexadecimal, "glob:" + id + "*?"},
		{"task-[0-9]+", "re:[0-9]+"},
		{"task-[0-9]+", "glob:TASK_*"},
		{"a{1,40}", "re:a{41}"},
	} {
		list, pattern := read(t, row.rule, row.pattern)
		if got := list.Outside(pattern); len(got) != 1 || got[0] != row.rule {
			t.Errorf("%s with %s: %v", row.rule, row.pattern, got)
		}
	}
	for _, row := range []struct{ pattern, rule, id string }{
		{hexadecimal, "re:0123.*", id},
		{hexadecimal, "re:^.*F$", id},
		{hexadecimal, "re:[0-9A-F]{30}(00|ef)", id},
		{hexadecimal, `re:\w+`, id},
		{hexadecimal, "re:(?:x|0).*", id},
		{hexadecimal, "glob:*", id},
		{hexadecimal, "glob:0123*CDEF", id},
		{hexadecimal, "glob:" + id[:31] + "?", id},
		{hexadecimal, "glob:[Z-a0-9]*", id},
		{hexadecimal, "glob:[^1-9]*", id},
		{hexadecimal, "01234567-89ab-cdef-0123-456789abcdef", id},
		{"task-[0-9]+", "glob:TASK-*", "task-1"},
		{"a{1,40}", "re:a{40}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	} {
		list, pattern := read(t, row.rule, row.pattern)
		if _, ok := list.Match(row.id); !ok || pattern.Check(row.id) != nil {
			t.Errorf("%s with %s: a wrong row", row.rule, row.pattern)
		}
		if got := list.Outside(pattern); got != nil {
			t.Errorf("%s with %s: %v", row.rule, row.pattern, got)
		}
	}
}

// read returns a list of one rule and a pattern.
func read(t *testing.T, rule, text string) (*Protect, *IDPattern) {
	t.Helper()
	list, err := ParseProtect(strings.NewReader(rule + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := ParseIDPattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return list, pattern
}

// FuzzOutside: no rule that holds an ID of the pattern is called one that holds none.
func FuzzOutside(f *testing.F) {
	f.Add("[0-9a-f]{4}", "[a-c0]*?", "01bc")
	f.Add(`\w+`, `x|\bab+`, "abb")
	f.Fuzz(func(t *testing.T, text, expr, id string) {
		pattern, err := ParseIDPattern(text)
		if err != nil || strings.ContainsFunc(id, notInID) || id == "" || pattern.Check(id) != nil {
			return
		}
		for _, rule := range []string{"re:" + expr, "glob:" + expr} {
			list, err := ParseProtect(strings.NewReader(rule))
			if err != nil {
				continue
			}
			if _, ok := list.Match(id); ok && list.Outside(pattern) != nil {
				t.Errorf("%q of %q holds %q", rule, text, id)
			}
		}
	})
}
