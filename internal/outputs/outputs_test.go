package outputs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/outputs"
)

// TestPlace: an output is refused where it would replace something, by whatever name,
// and where it cannot be written.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return dir + "/" + name }
	for _, err := range []error{
		os.Mkdir(at("spool"), 0o700),
		os.Mkdir(at("state"), 0o700),
		os.WriteFile(at("state/ledger"), nil, 0o600),
		os.Link(at("state/ledger"), at("hard")),
		os.Symlink(at("state"), at("link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	place := outputs.Place{
		Taken: []outputs.Taken{{}, {at("state/ledger"), "the ledger"}, {at("state/missing"), "an input"}},
		Spool: at("spool"),
		Made:  at("later/state"),
	}
	for name, want := range map[string]string{
		"state/ledger":       "is the ledger",
		"link/ledger":        "is the ledger",
		"hard":               "is the ledger",
		"link/missing":       "is an input",
		"link/../report":     "what first names",
		"spool":              "is a folder",
		"spool/report":       "would be loaded",
		"none/report":        "cannot be written: its folder",
		"state/report":       "",
		"later/state/report": "",
		"later/report":       "",
		"/dev/null":          "",
		"/dev/stdout":        "",
		"-":                  "",
		"":                   "",
	} {
		path := name
		if name != "" && name != "-" && !filepath.IsAbs(name) {
			path = at(name)
		}
		var got []string
		place.Check([]outputs.File{
			{Name: "first", Path: at("report"), Room: outputs.Replaceable},
			{Name: "second", Path: path, Room: outputs.Appendable},
		}, func(o outputs.File, err error) { got = append(got, fmt.Sprintf("%s: %v", o.Name, err)) })
		told := strings.Join(got, "\n")
		if (want == "") != (told == "") || !strings.Contains(told, want) || want != "" && !strings.HasPrefix(told, "second: ") {
			t.Errorf("%q: %q, want %q", name, told, want)
		}
	}
}
