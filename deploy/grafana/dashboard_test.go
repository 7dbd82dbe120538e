package grafana_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dashboard is what is read of the shipped one.
type dashboard struct {
	Panels []panel
	Links  []struct{ Title, Type, URL string }

	Annotations struct {
		List []struct {
			Name, Expr, TitleFormat string
			Enable                  bool
		}
	}
	Templating struct{ List []variable }
}

// panel is one panel, or a row, which has those in it when it is collapsed.
type panel struct {
	ID                       int
	Title, Type, Description string
	Collapsed                bool
	Targets                  []struct{ Expr string }
	Panels                   []panel
	FieldConfig              struct {
		Overrides []struct {
			Properties []struct{ Value json.RawMessage }
		}
	}
}

func read(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile("cleaner.json")
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// all are the panels, those of collapsed rows too, without the rows.
func (d dashboard) all() (panels []panel) {
	for _, p := range d.Panels {
		if p.Type == "row" {
			panels = append(panels, p.Panels...)
			continue
		}
		panels = append(panels, p)
	}
	return panels
}

// query is one thing that the dashboard asks.
type query struct{ what, expr string }

// asks are all queries of panels and annotations.
func (d dashboard) asks(t *testing.T) (all []query) {
	t.Helper()
	for _, p := range d.all() {
		if len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for i, target := range p.Targets {
			all = append(all, query{p.Title + " " + strconv.Itoa(i), target.Expr})
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, query{"annotation " + a.Name, a.Expr})
	}
	if len(all) < 50 {
		t.Fatalf("found %d queries only", len(all))
	}
	return all
}

// find returns the query number n of a panel.
func (d dashboard) find(t *testing.T, title string, n int) string {
	t.Helper()
	for _, p := range d.all() {
		if p.Title == title && n < len(p.Targets) {
			return p.Targets[n].Expr
		}
	}
	t.Fatalf("there is no panel %s with %d queries", title, n+1)
	return ""
}

// What is seldom looked at is out of the way, and what is looked at first is not.
func TestRows(t *testing.T) {
	ids, open := map[int]bool{}, []string{"Is all well?", "Throughput and rate limit", "Errors"}
	found := 0
	for _, p := range read(t).Panels {
		if p.Type != "row" {
			continue
		}
		first := slices.Contains(open, p.Title)
		if first {
			found++
		}
		if p.Collapsed == first {
			t.Errorf("the row %s is collapsed: %v", p.Title, p.Collapsed)
		}
		if p.Collapsed != (len(p.Panels) > 0) {
			t.Errorf("the row %s is collapsed: %v, and has %d panels in it", p.Title, p.Collapsed, len(p.Panels))
		}
		ids[p.ID] = true
	}
	if found != len(open) {
		t.Errorf("%d of the rows %q are there", found, open)
	}
	for _, p := range read(t).all() {
		if ids[p.ID] {
			t.Errorf("the number %d of %s is there twice", p.ID, p.Title)
		}
		ids[p.ID] = true
	}
}

// TestLinks: the dashboard leads to the page of a serve and to the runbooks, at addresses
// that people can change; and each alert to its own.
func TestLinks(t *testing.T) {
	d := read(t)
	boxes := map[string]string{}
	for _, v := range d.Templating.List {
		if v.Type == "textbox" {
			boxes["${"+v.Name+"}"] = v.Query.(string)
		}
	}
	for _, name := range []string{"${page}", "${runbooks}"} {
		if !slices.ContainsFunc(d.Links, func(l struct{ Title, Type, URL string }) bool { return l.Type == "link" && l.URL == name }) {
			t.Errorf("no link leads to %s", name)
		}
		if !regexp.MustCompile(`^https?://\w`).MatchString(boxes[name]) {
			t.Errorf("%s is %q, which is no address", name, boxes[name])
		}
	}
	link := ""
	for _, p := range d.all() {
		for _, o := range p.FieldConfig.Overrides {
			for _, property := range o.Properties {
				if m := regexp.MustCompile(`"url": *"(\$\{runbooks\}[^"]*)"`).FindSubmatch(property.Value); m != nil {
					link = string(m[1])
				}
			}
		}
	}
	rules, err := os.ReadFile("../prometheus/cleaner.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		path := strings.NewReplacer("${runbooks}", "../../docs/runbooks", "${__value.raw}", m[1]).Replace(link)
		if _, err := os.Stat(filepath.FromSlash(path)); err != nil || link == "" {
			t.Errorf("%s: the link %q leads nowhere: %v", m[1], link, err)
		}
	}
}
