package sim

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every fault of the catalogue is valid, has a name that a command line can
// hold, and ends in the status it answers if it ends in three digits.
func TestCatalogueIsSound(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, f := range Catalogue() {
		if err := f.validate(); err != nil {
			t.Error(err)
		}
		if !name.MatchString(f.Name) || seen[f.Name] {
			t.Errorf("name %q is odd or taken", f.Name)
		}
		seen[f.Name] = true
		if f.Share != 1 || f.Times != 0 || f.timed() {
			t.Errorf("%s has a share of %v, times or a window", f.Name, f.Share)
		}
		if status, err := strconv.Atoi(f.Name[strings.LastIndexByte(f.Name, '-')+1:]); err == nil && status != f.Status {
			t.Errorf("%s answers %d", f.Name, f.Status)
		}
	}
}

// The names that the project's tests and documentation rely on.
func TestCatalogueHasItsNames(t *testing.T) {
	for _, name := range []string{
		"busy-400", "busy-401", "busy-200", "expired-401", "running-200", "no-permission-200", "no-project",
		"inner-wrapper", "parameters-200", "html-200", "html-404", "gateway-404", "throttle-429", "throttle-text-429",
		"500", "502", "503", "504", "504-after-effect", "redirect-302", "json-garbage-200", "truncated-json-200",
		"v3-error-200", "v3-accepted-202", "empty-200", "slow", "hang", "hang-after-effect", "reset",
		"reset-after-effect", "cut", "accept-lie", "outage",
	} {
		find(t, name, 1, 0)
	}
}

// A fault of the catalogue answers what it says, and the record and the wire
// agree about effect and code.
func TestCatalogueOverHTTP(t *testing.T) {
	g := serve(t, Options{})
	n := 0
	for _, f := range Catalogue() {
		if f.op() != OpDelete || f.Status == 0 {
			continue // the network's faults have tests of their own
		}
		n++
		t.Run(f.Name, func(t *testing.T) {
			if err := g.SetFaults(f); err != nil {
				t.Fatal(err)
			}
			got, truth := g.del(id(n)), TaskTruth{}
			if got.Err != nil || got.Status != f.Status || got.Body != f.Body {
				t.Fatalf("%v %q %v", got, got.Body, got.Err)
			}
			for name := range f.Header {
				if got.Header.Get(name) != f.Header.Get(name) {
					t.Errorf("header %s is %q", name, got.Header.Get(name))
				}
			}
			truth = g.TruthOf(id(n))
			if (truth.Effects == 1) != (f.Action == ActionAnswerAfter) {
				t.Errorf("effects: %d", truth.Effects)
			}
			if truth.LastStatus != got.Status || truth.LastCode != got.code() {
				t.Errorf("recorded %d %q, told %v", truth.LastStatus, truth.LastCode, got)
			}
			if lost := truth.LostAnswers == 1; lost != (truth.Effects == 1 && !strings.HasPrefix(f.Name, "empty") && f.Name != "v3-success-200") {
				t.Errorf("answer lost: %v", lost)
			}
		})
	}
}
