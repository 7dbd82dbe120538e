package metrics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Without an instance, the group is the host's.
func TestGrouping(t *testing.T) {
	for name, c := range map[string]struct {
		labels []string
		want   map[string]string
	}{
		"default": {nil, map[string]string{"instance": "host-a"}},
		"more":    {[]string{"region=eu/west", "job=purge"}, map[string]string{"instance": "host-a", "region": "eu/west", "job": "purge"}},
		"named":   {[]string{"instance=nightly"}, map[string]string{"instance": "nightly"}},
		"none":    {[]string{"instance=", "env=a=b"}, map[string]string{"env": "a=b"}},
	} {
		got, err := Grouping(c.labels, "host-a")
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	for text, want := range map[string]string{
		"": "NAME=VALUE", "region": "NAME=VALUE", "=a": "NAME=VALUE", "no name=a": "NAME=VALUE", "__name__=a": "NAME=VALUE", "région=a": "NAME=VALUE",
		"result=a": "already", "op=a": "already", "class=a": "already", "code=a": "already", "le=a": "already", "event=a": "already", "scope=a": "already",
		"by=a": "already", "outcome=a": "already", "source=a": "already", "version=a": "already", "region=": "no value",
	} {
		if _, err := Grouping([]string{text}, "host-a"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Grouping([]string{"a=1", "a=2"}, ""); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a label that is there twice: %v", err)
	}
}

// Every label that a metric has is one that no group may have.
func TestGroupingKnowsAllLabels(t *testing.T) {
	families, err := full().own.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, l := range f.GetMetric()[0].GetLabel() {
			if _, err := Grouping([]string{l.GetName() + "=x"}, ""); err == nil {
				t.Errorf("%s has the label %s, and so may a group", f.GetName(), l.GetName())
			}
		}
	}
}
