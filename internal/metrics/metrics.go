// Package metrics is the Prometheus view of what cleaner does. It counts requests and
// runs as they happen, reads the backlog from the ledger at each scrape, and hands over
// the end of a run that is over before anybody scrapes it.
//
// Two rules hold for every metric. The labels are few and their values are fixed here,
// never an ID or a message; all of them exist from the start, at zero. The codes of dead
// letters are the exception: the most frequent have a series, the rest share one. But an
// unknown value has no series at all, rather than a zero that would be taken for it,
// such as the time of a run that never was, or the counts of a ledger that was never
// read. So the push of a run that failed early erases nothing.
package metrics

import (
	"cmp"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what one process does. It is made of parts, each with the methods that
// set its metrics. Make it with New; all methods may be called from many goroutines at
// once.
type Metrics struct {
	registries

	*Requests
	*Tasks
	*Runs
	*Schedule
	*Config
	*Watched
	*Inputs
	breaker *breaker
	exports exports
}

// registries hold all metrics, by who is to see them.
type registries struct {
	own     *prometheus.Registry // cleaner_*: scraped, pushed and written
	process *prometheus.Registry // go_*, process_* and when serve began: scraped only
}

// New returns metrics, all at zero, that share nothing with any other. version and
// revision name the build; empty ones are shown as unknown.
func New(version, revision string) *Metrics {
	m := &Metrics{registries: registries{own: prometheus.NewRegistry(), process: prometheus.NewRegistry()}}
	f := factory{m.own}
	m.Requests = newRequests(f)
	m.Tasks = newTasks(f)
	m.Runs = newRuns(f)
	m.Schedule = newSchedule(f)
	m.Config = newConfig(f)
	m.Watched = newWatched(f)
	m.Inputs = newInputs(f)
	m.breaker = newBreaker(f)
	m.exports = newExports(f)
	f.buildInfo(version, revision)
	m.process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	factory{m.process}.gauge(nameServeStart, "When the serve began that is scraped. What is pushed or written to a file has no such series: "+
		"by it, and not by the process of a Pushgateway or a node exporter, a target is known to be cleaner.").Set(unix(time.Now()))
	return m
}

// scrapes is how many scrapes are answered at once. More are refused, so that scrapes
// cannot exhaust the process.
const scrapes = 4

// nameServeStart is the one metric of ours that is scraped only.
const nameServeStart = "cleaner_serve_start_timestamp_seconds"

// Handler answers a scrape with all metrics, those of the Go process included. It waits
// at most ledgerPatience for the ledger.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{m.own, m.process}, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError, // one that cannot be read must not hide the others
		MaxRequestsInFlight: scrapes,
	})
}

// StartRun records that a run begins. It closes the circuit breaker, as every run finds
// out for itself whether the service can be reached.
func (m *Metrics) StartRun(at time.Time) {
	m.breaker.reset()
	m.run.reset()
	m.start(at)
}

// factory makes metrics and registers them. Like MustRegister it panics when a name is
// wrong, which is a programmer's mistake.
type factory struct{ to prometheus.Registerer }

func (f factory) counter(name, help string) prometheus.Counter {
	return promauto.With(f.to).NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	return promauto.With(f.to).NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	return promauto.With(f.to).NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return promauto.With(f.to).NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func (f factory) gaugeFunc(name, help string, read func() float64) {
	promauto.With(f.to).NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

func (f factory) buildInfo(version, revision string) {
	promauto.With(f.to).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cleaner_build_info",
		Help: "What this is a build of. The value is always 1.",
		ConstLabels: prometheus.Labels{
			"version": cmp.Or(version, "unknown"), "revision": cmp.Or(revision, "unknown"), "goversion": runtime.Version(),
		},
	}, func() float64 { return 1 })
}
