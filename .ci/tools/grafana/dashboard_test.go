package grafana_test

import (
	"errors"
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

// faults are what strict decoding and validation find.
func faults(text []byte) []error {
	var d dashboard.Dashboard
	err := d.UnmarshalJSONStrict(text)
	if err == nil {
		err = d.Validate()
	}
	var several cog.BuildErrors
	if !errors.As(err, &several) {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	all := make([]error, len(several))
	for i, e := range several {
		all[i] = e
	}
	return all
}
