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
	if diff := cmp.Diff([]string{"42", "main-branch"}, list.Outside(pattern)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (*Protect)(nil).Outside(pattern); got != nil {
		t.Errorf("no list has %v", got)
	}
}
