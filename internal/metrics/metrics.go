// Package metrics is the Prometheus view of what cleaner does: counted as it
// happens, the backlog read from the ledger at each scrape, and the end of a run
// kept for a job that is over before anybody scrapes it.
//
// Two rules hold for every metric. The labels are few and their values are fixed
// here, never an ID, a code or a message, and all of them are there from the
// start, at zero. But what is not known has no series at all, rather than a zero
// that would be taken for it: a moment that never was, a ledger that was never
// read. So a run that failed early, and is pushed, erases nothing.
package metrics

import (
	"net/http"
	"runtime"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what one process does. Make it with New; all methods may be
// called from many goroutines at once.
type Metrics struct {
	own     *prometheus.Registry // cleaner_*: scraped, pushed and written
	process *prometheus.Registry // go_* and process_*: scraped only

	requests requests
	settled  outcomes
	logins   [loginResults]prometheus.Counter
	inFlight atomic.Int64
	workers  prometheus.Gauge
	expiry   *known
	breaker  *breaker
	pace     *pace
	ledger   *ledger
	runs     *runs
	schedule schedule
	config   config
	exports  exports
}

// New returns metrics of their own, all at zero, that share nothing with any
// other. version and revision name the build; empty ones are shown as unknown.
func New(version, revision string) *Metrics {
	m := &Metrics{
		own:     prometheus.NewRegistry(),
		process: prometheus.NewRegistry(),
		pace:    newPace(),
		ledger:  newLedger(),
	}
	f := factory{m.own}
	m.requests = newRequests(f)
	m.settled = newOutcomes(f)
	loginVec := f.counters("cleaner_logins_total", "Logins at IAM, by how they ended.", "result")
	for r := range loginResults {
		m.logins[r] = loginVec.WithLabelValues(r.String())
	}
	f.gaugeFunc("cleaner_in_flight", "Requests to the service under way now.", func() float64 { return float64(m.inFlight.Load()) })
	m.workers = f.gauge("cleaner_workers", "IDs that may be in hand at once, and so requests in flight.")
	m.expiry = f.known("cleaner_token_expiry_timestamp_seconds", "When the token in use expires. Absent while there is none.", "")
	m.breaker = newBreaker(f)
	m.runs = newRuns(f)
	m.schedule = newSchedule(f)
	m.config = newConfig(f)
	m.exports = newExports(f)
	f.buildInfo(version, revision)
	m.own.MustRegister(m.pace, m.ledger)
	m.process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// scrapes is how many scrapes are answered at once. More are refused, so that
// nobody can wear the process out by scraping.
const scrapes = 4

// Handler answers a scrape with everything, the process's own metrics included.
// It never waits longer than ledgerPatience for the ledger.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{m.own, m.process}, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError, // one that cannot be read must not hide the others
		MaxRequestsInFlight: scrapes,
	})
}

// factory makes metrics and registers them. Like MustRegister it panics at a
// mistake in a name, which is a programmer's.
type factory struct{ to prometheus.Registerer }

func (f factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	f.to.MustRegister(c)
	return c
}

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	f.to.MustRegister(c)
	return c
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	f.to.MustRegister(g)
	return g
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	f.to.MustRegister(g)
	return g
}

func (f factory) gaugeFunc(name, help string, read func() float64) {
	f.to.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

func (f factory) buildInfo(version, revision string) {
	f.to.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cleaner_build_info",
		Help: "What this is a build of. The value is always 1.",
		ConstLabels: prometheus.Labels{
			"version": orUnknown(version), "revision": orUnknown(revision), "goversion": runtime.Version(),
		},
	}, func() float64 { return 1 }))
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
