package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alert is one alert rule.
type alert struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

// alerts reads the shipped alert rules.
func alerts(t *testing.T) (all []alert) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	parse(t, "cleaner.rules.yml", &file)
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				all = append(all, r)
			}
		}
	}
	if len(all) < 6 {
		t.Fatalf("found %d alerts only", len(all))
	}
	return all
}

func parse(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func unitTests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.test.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no unit tests: %v", err)
	}
	return files
}

// Promtool finds no fault in the rules, and its unit tests pass.
func TestRules(t *testing.T) {
	for _, args := range [][]string{
		{"check", "rules", "--lint-fatal", "cleaner.rules.yml"},
		append([]string{"test", "rules"}, unitTests(t)...),
	} {
		if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// Every alert has a unit test in which it fires and one in which it does not.
func TestEveryAlertIsTested(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, path := range unitTests(t) {
		var file struct {
			Tests []struct {
				Cases []struct {
					Name string `yaml:"alertname"`
					Want []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		parse(t, path, &file)
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				fires[c.Name] = fires[c.Name] || len(c.Want) > 0
				silent[c.Name] = silent[c.Name] || len(c.Want) == 0
			}
		}
	}
	for _, a := range alerts(t) {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s fires in a test: %v, stays silent in one: %v; want both", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
}

// Every alert says how urgent it is and what is wrong, and links to its runbook.
func TestEveryAlertIsDocumented(t *testing.T) {
	for _, a := range alerts(t) {
		if s := a.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity %q, want page or ticket", a.Alert, s)
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s lacks a summary or a description", a.Alert)
		}
		if want := "docs/runbooks/" + a.Alert + ".md"; a.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url %q, want %q", a.Alert, a.Annotations["runbook_url"], want)
		}
	}
}

// sections are what every runbook has.
var sections = []string{"## What it means", "## Look first", "## Do", "## Leave it alone when"}

// Every alert has a runbook and every runbook an alert; each has all sections.
func TestRunbooks(t *testing.T) {
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert+".md")
		text, err := os.ReadFile("../../docs/runbooks/" + a.Alert + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(string(text), "# "+a.Alert+"\n") {
			t.Errorf("%s: the title is not its name", a.Alert)
		}
		at := -1
		for _, s := range sections {
			now := strings.Index(string(text), "\n"+s+"\n")
			if now <= at {
				t.Errorf("%s: %q is missing or out of place", a.Alert, s)
			}
			at = now
		}
	}
	entries, err := os.ReadDir("../../docs/runbooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Errorf("docs/runbooks/%s is of no alert", e.Name())
		}
	}
}

// Rules and runbooks name no metric that cleaner does not have.
func TestMetricsExist(t *testing.T) {
	known, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, "cleaner.rules.yml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bcleaner_[a-z_]+`).FindAllString(string(text), -1) {
			if !strings.Contains(string(known), "\n## "+name+"\n") {
				t.Errorf("%s names %s: there is no such metric", path, name)
			}
		}
	}
}
