package grafana_test

import (
	"regexp"
	"strings"
	"testing"
)

// variable is a variable of the dashboard.
type variable struct {
	Name, Type, Definition, AllValue string
	Query                            any
	Multi, IncludeAll                bool
}

// all is what a variable is set to when everything is chosen.
const all = "$__all"

// interpolate replaces the variable by what is chosen, as Grafana's Prometheus data source
// does: a custom value for all goes in as it is, and everything else, what people have typed
// too, with the characters escaped that mean something in a regular expression. options are
// what people can choose from.
func (v variable) interpolate(expr string, options []string, chosen ...string) string {
	value := ""
	switch {
	case len(chosen) == 1 && chosen[0] == all && v.AllValue != "":
		value = v.AllValue
	case len(chosen) == 1 && chosen[0] == all:
		value = v.format(options)
	default:
		value = v.format(chosen)
	}
	return regexp.MustCompile(`\$`+v.Name+`\b|\$\{`+v.Name+`\}`).ReplaceAllLiteralString(expr, value)
}

// format joins values as the data source does for a variable of many.
func (v variable) format(values []string) string {
	escaped := make([]string, len(values))
	for i, value := range values {
		value = strings.ReplaceAll(value, `\`, `\\\\`)
		escaped[i] = regexp.MustCompile(`[$^*{}\[\]+?.()|]`).ReplaceAllString(value, `\\$0`)
	}
	if len(escaped) == 1 {
		return escaped[0]
	}
	return "(" + strings.Join(escaped, "|") + ")"
}

// The escapes are those of @grafana/prometheus, prometheusSpecialRegexEscape.
func TestInterpolation(t *testing.T) {
	v := variable{Name: "instance", Multi: true, IncludeAll: true}
	for _, row := range []struct {
		allValue string
		chosen   []string
		want     string
	}{
		{"", []string{"10.0.0.1:9464"}, `up{instance=~"10\\.0\\.0\\.1:9464"}`},
		{"", []string{"a", "b.c"}, `up{instance=~"(a|b\\.c)"}`},
		{"", []string{".*"}, `up{instance=~"\\.\\*"}`},
		{".*", []string{all}, `up{instance=~".*"}`},
		{"", []string{all}, `up{instance=~"(x|y\\+)"}`},
		{"", []string{`a\b`}, `up{instance=~"a\\\\b"}`},
	} {
		v.AllValue = row.allValue
		if got := v.interpolate(`up{instance=~"$instance"}`, []string{"x", "y+"}, row.chosen...); got != row.want {
			t.Errorf("%v: %s, want %s", row.chosen, got, row.want)
		}
	}
}

// Both variables of the selectors may have many values, and all of them.
func TestVariables(t *testing.T) {
	found := 0
	for _, v := range read(t).Templating.List {
		if v.Name != "job" && v.Name != "instance" {
			continue
		}
		found++
		if v.Type != "query" || !v.Multi || !v.IncludeAll {
			t.Errorf("%s: %+v", v.Name, v)
		}
	}
	if found != 2 {
		t.Errorf("found %d variables, want job and instance", found)
	}
}
