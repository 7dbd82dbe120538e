package metrics

import "github.com/prometheus/client_golang/prometheus"

// exports counts what could not be handed over.
type exports struct{ push, textfile, traces prometheus.Counter }

func newExports(f factory) exports {
	vec := f.counters("cleaner_export_failures_total", "Times that metrics or spans could not be handed over, by receiver.", "to")
	return exports{push: vec.WithLabelValues("pushgateway"), textfile: vec.WithLabelValues("textfile"), traces: vec.WithLabelValues("traces")}
}

// TracesFailed counts one export of spans that failed.
func (m *Metrics) TracesFailed() { m.exports.traces.Inc() }

// keptNames are the names of the metrics that are kept from an earlier process when this
// one does not know their values.
func keptNames() []string {
	return []string{
		nameRunStart, nameRunCompletion, nameRunSuccess, nameRunFinished, nameRunDuration,
		nameTasks, nameWaiting, nameAge, nameDead, nameCodes, nameHeld, nameHolds, nameReadAt,
		nameMode, nameUnverified, nameIndistinct, nameLearned,
	}
}
