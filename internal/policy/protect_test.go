package policy

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// id is a task ID as the service makes them.
const id = "0123456789abcdef0123456789abcdef"

func TestProtectMatch(t *testing.T) {
	tests := []struct {
		name string
		list string
		id   string
		rule string // empty: not protected
	}{
		{"empty list", "", id, ""},
		{"comments alone", "# nothing\n\n   # here\n", id, ""},
		{"exact", id, id, id},
		{"exact, last line without an end", "other\n" + id, id, id},
		{"exact, DOS lines", "other\r\n" + id + "\r\n", id, id},
		{"exact, byte order mark", "\ufeff" + id, id, id},
		{"exact with a comment", id + "  # the gate of the release branch", id, id},
		{"exact in capitals", strings.ToUpper(id), id, strings.ToUpper(id)},
		{"ID in capitals", id, strings.ToUpper(id), id},
		{"exact with the dashes of a UUID", "01234567-89AB-cdef-0123-456789abcdef", id, "01234567-89AB-cdef-0123-456789abcdef"},
		{"ID with the dashes of a UUID", id, "01234567-89ab-CDEF-0123-456789abcdef", id},
		{"dashes in other places", "0123-456789ab-cdef-0123-456789abcdef", id, ""},
		{"as many, and no digits", "0123456x-89ab-cdef-0123-456789abcdef", "0123456x89abcdef0123456789abcdef", ""},
		{"part of an ID", id[:31], id, ""},
		{"ID inside a rule", id + "0", id, ""},

		{"glob", "glob:0123*", id, "glob:0123*"},
		{"glob is whole", "glob:123*", id, ""},
		{"glob with sets", "glob:[0-3]?2[!x]*ef", id, ""},
		{"glob with a class", "glob:[0-3]?2[^x]*ef", id, "glob:[0-3]?2[^x]*ef"},
		{"glob in capitals", "glob:*ABCDEF", id, "glob:*ABCDEF"},
		{"glob over both cases", "glob:[Z-a]1*", "a1", "glob:[Z-a]1*"},

		{"expression", "re:[0-9a-f]{32}", id, "re:[0-9a-f]{32}"},
		{"expression is whole", "re:[0-9a-f]{31}", id, ""},
		{"each alternative is whole", "re:0123|cdef", id, ""},
		{"alternatives", "re:x|0123.*", id, "re:x|0123.*"},
		{"expression in capitals", "re:.*ABCDEF", id, "re:.*ABCDEF"},
		{"expression with anchors", "re:^0.*f$", id, "re:^0.*f$"},
		{"a # inside is no comment", "re:a#b|0.*", id, "re:a#b|0.*"},
		{"exact before patterns", "glob:*\n" + id, id, id},
		{"patterns in order", "re:1.*\nglob:0*\nre:0.*", id, "glob:0*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParseProtect(strings.NewReader(tt.list))
			if err != nil {
				t.Fatal(err)
			}
			rule, ok := p.Match(tt.id)
			if rule != tt.rule || ok != (tt.rule != "") {
				t.Errorf("got %q, %v; want %q", rule, ok, tt.rule)
			}
		})
	}
}

func TestNilProtectProtectsNothing(t *testing.T) {
	var p *Protect
	if rule, ok := p.Match(id); ok || rule != "" || p.Len() != 0 {
		t.Errorf("got %q, %v", rule, ok)
	}
}

func TestProtectLen(t *testing.T) {
	p, err := ParseProtect(strings.NewReader("a\nA\nb\nglob:c*\nre:d\n# e"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Len() != 4 {
		t.Errorf("got %d rules, want 4", p.Len())
	}
}

func TestParseProtectReportsEveryBadLine(t *testing.T) {
	list := "good\n" +
		"0123*\n" + // a glob without its prefix
		"two words\n" +
		"glob:[a\n" +
		"glob:\n" +
		"re:a)(b\n" +
		"re:\n" +
		strings.Repeat("a", 129) + "\n" +
		"töst\n" +
		"\x00\n" +
		"good # too\n"
	p, err := ParseProtect(strings.NewReader(list))
	if p != nil {
		t.Error("a bad list left rules behind")
	}
	bad, ok := errors.AsType[*ProtectError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var numbers []int
	for _, l := range bad.Lines {
		numbers = append(numbers, l.Number)
	}
	want := []int{2, 3, 4, 5, 6, 7, 8, 9, 10}
	if len(numbers) != len(want) || numbers[0] != 2 || numbers[8] != 10 {
		t.Errorf("bad lines %v, want %v", numbers, want)
	}
	for _, text := range []string{
		"9 bad line(s), none of it is used",
		`line 2: "0123*" is no task ID: write 1 to 128 letters, digits, - and _, or glob:PATTERN, or re:EXPRESSION`,
		`line 4: read "glob:[a": syntax error in pattern`,
		`line 6: read "re:a)(b": error parsing regexp`,
		`aaa"... is no task ID`,
	} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error lacks %q:\n%v", text, err)
		}
	}
}

func TestParseProtectBoundsItsMessage(t *testing.T) {
	_, err := ParseProtect(strings.NewReader(strings.Repeat("*\n", 1000)))
	bad, ok := errors.AsType[*ProtectError](err)
	if !ok || len(bad.Lines) != 1000 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); strings.Count(text, "\n") != 51 || !strings.HasSuffix(text, "and 950 more") {
		t.Errorf("got %d lines: %s", strings.Count(text, "\n"), text)
	}
}

func TestParseProtectReportsReadErrors(t *testing.T) {
	broken := errors.New("input/output error")
	p, err := ParseProtect(io.MultiReader(strings.NewReader(id+"\nglob:0*\n"), iotest.ErrReader(broken)))
	if p != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", p, err)
	}
	if want := "read protect list at line 3: input/output error"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// FuzzParseProtect checks that a list is whole or nothing, and that an exact ID
// on a list that was taken is protected in any case.
func FuzzParseProtect(f *testing.F) {
	f.Add("# list\nglob:0*\nre:a|b\n")
	f.Add("re:(\n")
	f.Add("\ufeffABC\r\n")
	f.Fuzz(func(t *testing.T, list string) {
		p, err := ParseProtect(strings.NewReader(list + "\n" + id + "\n"))
		if (p == nil) != (err != nil) {
			t.Fatalf("got both or neither: %v, %v", p, err)
		}
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		for _, spelling := range []string{id, strings.ToUpper(id)} {
			if rule, ok := p.Match(spelling); !ok || rule != id {
				t.Errorf("%s: got %q, %v", spelling, rule, ok)
			}
		}
	})
}
