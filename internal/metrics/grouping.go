package metrics

import (
	"fmt"
	"strings"
	"sync"

	"github.com/prometheus/common/model"
)

// Grouping parses the labels of a group at a Pushgateway, each NAME=VALUE. Without a label
// instance the group is of host: two hosts in one group would replace each other's
// numbers, and so a success would hide a failure. An empty instance is none.
func Grouping(labels []string, host string) (map[string]string, error) {
	group := map[string]string{"instance": host}
	named := map[string]bool{}
	for _, label := range labels {
		name, value, ok := strings.Cut(label, "=")
		switch {
		case !ok || !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "_"):
			return nil, fmt.Errorf("%q has not the form NAME=VALUE, with a name of letters, digits and _", label)
		case named[name]:
			return nil, fmt.Errorf("the label %q is there twice: keep one", name)
		case taken()[name]:
			return nil, fmt.Errorf("the label %q is a label of metrics already: use another name", name)
		case value == "" && name != "instance":
			return nil, fmt.Errorf("the label %q has no value: give it one, or leave it out", name)
		}
		named[name], group[name] = true, value
	}
	if group["instance"] == "" {
		delete(group, "instance")
	}
	return group, nil
}

// taken are the names of the labels that metrics have.
var taken = sync.OnceValue(func() map[string]bool {
	m := New("", "")
	m.Feed("")
	names := map[string]bool{"le": true, "code": true, "state": true, "scope": true, "mode": true, "result": true}
	families, _ := m.own.Gather() // those that can be gathered are enough: a push finds the rest
	for _, f := range families {
		for _, series := range f.GetMetric() {
			for _, l := range series.GetLabel() {
				names[l.GetName()] = true
			}
		}
	}
	return names
})
