package metrics

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// known is a gauge that has no series until its value is known. Otherwise the time of
// an event that never happened would be a date in 1970, and a push of it would
// overwrite the value of an earlier process.
type known struct {
	desc   *prometheus.Desc
	labels []string // the values of its one label; none when it has no label
	values []atomic.Pointer[float64]
}

// known makes one with the label values given, or without a label when there are
// none.
func (f factory) known(name, help, label string, values ...fmt.Stringer) *known {
	k := &known{values: make([]atomic.Pointer[float64], max(len(values), 1))}
	var labels []string
	if len(values) > 0 {
		labels = []string{label}
	}
	for _, v := range values {
		k.labels = append(k.labels, v.String())
	}
	k.desc = prometheus.NewDesc(name, help, labels, nil)
	f.to.MustRegister(k)
	return k
}

// set replaces value i.
func (k *known) set(i int, v float64) { k.values[i].Store(&v) }

// setTime replaces value i with t in seconds since 1970; the zero time removes it.
func (k *known) setTime(i int, t time.Time) {
	if t.IsZero() {
		k.values[i].Store(nil)
		return
	}
	k.set(i, unix(t))
}

// Describe implements prometheus.Collector.
func (k *known) Describe(ch chan<- *prometheus.Desc) { ch <- k.desc }

// Collect implements prometheus.Collector.
func (k *known) Collect(ch chan<- prometheus.Metric) {
	for i := range k.values {
		v := k.values[i].Load()
		if v == nil {
			continue
		}
		var label []string
		if k.labels != nil {
			label = k.labels[i : i+1]
		}
		ch <- prometheus.MustNewConstMetric(k.desc, prometheus.GaugeValue, *v, label...)
	}
}

// unix is t in seconds since 1970, to the millisecond.
func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
