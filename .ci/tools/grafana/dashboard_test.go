// Package grafana_test decodes the dashboard with the types of Grafana itself, those of its panels and
// queries included.
package grafana_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// shipped is the dashboard that users import.
const shipped = "../../../deploy/grafana/cleaner.json"

// TestStrict: every field of the dashboard, of its panels and of its queries is one that
// Grafana knows, and has a value that it takes.
func TestStrict(t *testing.T) {
	plugins.RegisterDefaultPlugins() // without them, panels and queries are not looked into
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(text) {
		t.Error(fault)
	}
}

// faults are what strict decoding and validation find, and what is lost by decoding.
func faults(text []byte) (all []error) {
	var strict, d dashboard.Dashboard
	for _, err := range []error{strict.UnmarshalJSONStrict(text), json.Unmarshal(text, &d), d.Validate()} {
		var several cog.BuildErrors // it may be empty, in an error that is not nil
		if errors.As(err, &several) {
			for _, e := range several {
				all = append(all, e)
			}
		} else if err != nil {
			all = append(all, err)
		}
	}
	return append(all, lost(text, &d)...)
}

// lost are the keys that are not there any more when the dashboard is encoded again: strict
// decoding passes over those of a field's defaults.
func lost(text []byte, d *dashboard.Dashboard) (all []error) {
	again, err := json.Marshal(d)
	if err != nil {
		return []error{err}
	}
	var was, is any
	if err := errors.Join(json.Unmarshal(text, &was), json.Unmarshal(again, &is)); err != nil {
		return []error{err}
	}
	var compare func(path string, was, is any)
	compare = func(path string, was, is any) {
		switch was := was.(type) {
		case map[string]any:
			is, _ := is.(map[string]any)
			for key, value := range was {
				compare(path+"."+key, value, is[key])
			}
		case []any:
			is, _ := is.([]any)
			for i, value := range was {
				if i >= len(is) {
					all = append(all, fmt.Errorf("%s[%d]: Grafana does not know it", path, i))
					return
				}
				compare(fmt.Sprintf("%s[%d]", path, i), value, is[i])
			}
		case nil:
		default:
			if was != is {
				all = append(all, fmt.Errorf("%s is %v, and %v as Grafana reads it", path, was, is))
			}
		}
	}
	compare("dashboard", was, is)
	return all
}

// TestStrictIsStrict: what Grafana does not know is found, wherever it stands.
func TestStrictIsStrict(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	for place, find := range map[string]func(d map[string]any) map[string]any{
		"dashboard":        func(d map[string]any) map[string]any { return d },
		"options":          func(d map[string]any) map[string]any { return at(d, "panels", 1, "options") },
		"field":            func(d map[string]any) map[string]any { return at(d, "panels", 1, "fieldConfig", "defaults") },
		"query":            func(d map[string]any) map[string]any { return at(d, "panels", 1, "targets", 0) },
		"collapsed":        func(d map[string]any) map[string]any { return at(collapsed(d), "panels", 0, "options") },
		"query, collapsed": func(d map[string]any) map[string]any { return at(collapsed(d), "panels", 0, "targets", 0) },
		"annotation":       func(d map[string]any) map[string]any { return at(d, "annotations", "list", 0) },
		"variable":         func(d map[string]any) map[string]any { return at(d, "templating", "list", 0) },
		"link":             func(d map[string]any) map[string]any { return at(d, "links", 0) },
	} {
		var d map[string]any
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		find(d)["mistyped"] = true
		changed, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if len(faults(changed)) == 0 {
			t.Errorf("a key that is mistyped in the %s is not found", place)
		}
	}
}

// at is the object at a path of keys and places.
func at(v any, path ...any) map[string]any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v.(map[string]any)
}

// collapsed is the first row that is collapsed.
func collapsed(d map[string]any) map[string]any {
	for _, p := range d["panels"].([]any) {
		if row := p.(map[string]any); row["type"] == "row" && row["collapsed"] == true {
			return row
		}
	}
	panic("no row is collapsed")
}
