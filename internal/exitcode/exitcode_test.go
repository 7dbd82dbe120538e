package exitcode

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The codes and their names are an interface. Whoever changes this test breaks
// scripts, alerts and dashboards.
func TestTable(t *testing.T) {
	type row struct {
		Code     int
		Name     string
		Severity Severity
	}
	want := []row{
		{0, "success", "ok"},
		{1, "internal", "bad"},
		{2, "usage", "bad"},
		{3, "dead_letters", "warn"},
		{4, "limit", "note"},
		{5, "belt", "bad"},
		{6, "credentials", "bad"},
		{7, "locked", "bad"},
		{8, "signal", "note"},
	}
	var got []row
	for _, r := range Table() {
		got = append(got, row{r.Code, r.Name, r.Severity})
		if r.Meaning == "" || Of(r.Code) != r {
			t.Errorf("row %+v has no meaning, or is not the one of its code", r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	for _, code := range []int{-1, codes, 137} {
		if Of(code).Code != Internal {
			t.Errorf("code %d, which is none of ours, is %q", code, Of(code).Name)
		}
	}
}

// docs/operate.md has all rows, with their meanings as in the table.
func TestDocumentedTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n## Exit codes\n")
	section, _, _ := strings.Cut(after, "\n## ")
	if !found {
		t.Fatal("there is no section on exit codes")
	}
	var want, got [][2]string
	for _, r := range Table() {
		want = append(want, [2]string{strconv.Itoa(r.Code), r.Meaning})
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]*) \| [^|]+ \|$`).FindAllStringSubmatch(section, -1) {
		got = append(got, [2]string{m[1], m[2]})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented rows (-want +got):\n%s", diff)
	}
}

// Every code that a page speaks of exists, and has the name that the page gives it.
func TestDocumentedCodes(t *testing.T) {
	code := regexp.MustCompile(`[Ee]xit code (\d+)`)
	named := regexp.MustCompile("(?s)(?:[Ee]xit code|,|or)\\s+(\\d) \\(`([a-z_]+)`")
	spoken, names := 0, 0
	for _, path := range pages(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllSubmatch(text, -1) {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil || n >= codes {
				t.Errorf("%s speaks of exit code %s, which does not exist", path, m[1])
			}
			spoken++
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			if n, _ := strconv.Atoi(string(m[1])); n >= codes || Of(n).Name != string(m[2]) {
				t.Errorf("%s calls exit code %s %s", path, m[1], m[2])
			}
			names++
		}
	}
	if spoken < 20 || names < 3 {
		t.Errorf("found %d codes and %d names only: the test looks in the wrong place", spoken, names)
	}
}

// pages returns the paths of all pages.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"../../README.md"}
	for _, folder := range []string{"../../docs", "../../deploy"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".md") {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
