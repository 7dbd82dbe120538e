package metrics

import (
	"fmt"
	"maps"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
)

// addLabels adds labels to every series of fs, in place. A label must have a name that
// Prometheus accepts and that no series has already.
func addLabels(fs []*dto.MetricFamily, labels map[string]string) error {
	var pairs []*dto.LabelPair
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if !model.LegacyValidation.IsValidLabelName(name) || name == "le" || name[0] == '_' {
			return fmt.Errorf("the label %q is not allowed: use another name, made of letters", name)
		}
		value := labels[name]
		pairs = append(pairs, &dto.LabelPair{Name: &name, Value: &value})
	}
	for _, f := range fs {
		for _, series := range f.GetMetric() {
			for _, own := range series.GetLabel() {
				if _, taken := labels[own.GetName()]; taken {
					return fmt.Errorf("the label %q is a label of %s already: use another name", own.GetName(), f.GetName())
				}
			}
			series.Label = slices.Concat(series.GetLabel(), pairs) // its own are shared with the registry
		}
	}
	return nil
}

// hasLabels reports whether all series of f, which is one of lasting, have these labels
// besides their own, and no others.
func hasLabels(f *dto.MetricFamily, labels map[string]string) bool {
	for _, series := range f.GetMetric() {
		found := 0
		for _, l := range series.GetLabel() {
			value, wanted := labels[l.GetName()]
			switch {
			case wanted && value == l.GetValue():
				found++
			case !slices.Contains([]string{"result", "state", "mode", "scope", "code"}, l.GetName()):
				return false
			}
		}
		if found != len(labels) {
			return false
		}
	}
	return true
}
