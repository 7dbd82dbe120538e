package browsertest

import (
	_ "embed" // axe-core
	"encoding/json"

	"github.com/chromedp/chromedp"
)

// axe is axe-core 4.14.1 (MPL-2.0, its licence is beside it), as it was published on npm. It
// finds what keeps people with disabilities from using a page.
//
//go:embed axe/axe.min.js
var axe string

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// Accessible fails the test for each violation that axe-core calls serious or critical.
func (b *Browser) Accessible() {
	b.t.Helper()
	for _, v := range b.Violations() {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		for _, n := range v.Nodes {
			b.t.Errorf("%s (%s): %s\n%s\n%s", v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// Violations are all that axe-core finds on the page that is shown.
func (b *Browser) Violations() (found []Violation) {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](axe + "; undefined"))
	b.Eval(`(window.found = undefined, axe.run(document).then((r) => { window.found = JSON.stringify(r.violations); }), "")`)
	b.Until("window.found !== undefined", limit)
	if err := json.Unmarshal([]byte(b.Eval("window.found")), &found); err != nil {
		b.t.Fatal(err)
	}
	return found
}
