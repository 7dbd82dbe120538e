package doctest

import (
	"regexp"
	"strings"
	"testing"
)

// step is a command of a console block, and what it prints.
type step struct{ command, output string }

// steps are the commands of a console block: each stands behind "$ ", and a
// backslash at its end continues it.
func steps(text string) []step {
	var all []step
	continued := false
	for line := range strings.Lines(text) {
		command, begins := strings.CutPrefix(line, "$ ")
		switch {
		case begins:
			all = append(all, step{command: command})
		case len(all) == 0:
		case continued:
			all[len(all)-1].command += line
		default:
			all[len(all)-1].output += line
		}
		continued = (begins || continued) && strings.HasSuffix(strings.TrimSpace(line), `\`)
	}
	return all
}

// varying is what a page cannot know, the longest first: IDs and digests, moments,
// days, and spans of time.
var varying = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b[0-9a-f]{16,}\b`), "HEX"},
	{regexp.MustCompile(`\d{8}T\d{6}(\.\d+)?Z`), "MOMENT"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| ?[-+]\d\d:\d\d)?`), "MOMENT"},
	{regexp.MustCompile(`\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b`), "DAY"},
	{regexp.MustCompile(`\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|µs|s)\b`), "SPAN"},
}

// number is what varies too where a page says so.
var number = regexp.MustCompile(`\d+(\.\d+)?`)

// plain is output without what does not matter: times, digests, how wide its
// columns are and, if they may vary, its numbers.
func plain(text string, vary bool) string {
	for _, v := range varying {
		text = v.what.ReplaceAllString(text, v.as)
	}
	if vary {
		text = number.ReplaceAllString(text, "N")
	}
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

// matches reports whether a command printed what the page shows. A line of three
// dots stands for any lines.
func matches(shown, printed string, vary bool) bool {
	var pattern strings.Builder
	for line := range strings.Lines(plain(shown, vary)) {
		if line == "...\n" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		pattern.WriteString(regexp.QuoteMeta(line))
	}
	return regexp.MustCompile(`\A` + pattern.String() + `\z`).MatchString(plain(printed, vary))
}

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		name, shown, printed string
		vary, want           bool
	}{
		{"the same", "3 deleted\n", "3 deleted\n", false, true},
		{"other columns", "pending   3\n", "pending      3\n", false, true},
		{"another number", "3 deleted\n", "4 deleted\n", false, false},
		{"another time", "3 deleted in 9.96s\n", "3 deleted in 12ms\n", false, true},
		{"another number, which may vary", "3 deleted in 9.96s\n", "4742 deleted in 12ms\n", true, true},
		{"another word", "3 deleted\n", "3 gone\n", true, false},
		{"a line more", "a\n", "a\nb\n", false, false},
		{"a line less", "a\nb\n", "a\n", false, false},
		{"nothing, and something is shown", "a\n", "", false, false},
		{"something, and nothing is shown", "", "a\n", false, false},
		{"lines left out", "a\n...\nd\n", "a\nb\nc\nd\n", false, true},
		{"lines left out, and another end", "a\n...\nd\n", "a\nb\nc\n", false, false},
		{"a moment and a digest", "at 2026-11-26T02:00:00Z 0123456789abcdef\n", "at 2027-01-02T03:04:05Z fedcba9876543210\n", false, true},
	} {
		if got := matches(row.shown, row.printed, row.vary); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestSteps(t *testing.T) {
	got := steps("$ a \\\n  b\none\ntwo\n$ c\n")
	want := []step{{"a \\\n  b\n", "one\ntwo\n"}, {"c\n", ""}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("steps %q, want %q", got, want)
	}
}
