package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/policy"
)

// Pacer grants permits to send.
type Pacer interface {
	// Rate is how many permits a second it grants now; +Inf is no limit.
	Rate() float64
	// Waited is how long requests have waited for their permits, all together. It never
	// decreases.
	Waited() time.Duration
	// Pace is how it finds its rate, and what bounds the pass now.
	Pace() (policy.PaceState, policy.PaceBound)
}

// pace reads the pacer at each scrape. It adds up the waiting of all pacers, as each
// run has its own.
type pace struct {
	rate, wait               *prometheus.Desc
	limit, learned, achieved *prometheus.Desc
	bound                    *prometheus.Desc

	mu     sync.Mutex // guards what follows
	pacer  Pacer      // nil before the first
	before time.Duration
}

func newPace() *pace {
	return &pace{
		rate: prometheus.NewDesc("cleaner_rate_limit", "Permits to send a second, now; 0 when nothing paces.", nil, nil),
		limit: prometheus.NewDesc("cleaner_limit_requests_per_second",
			"Requests a second that the service lets through, as far as that was learned, by how it is known; 0 when no limit was met.", []string{"source"}, nil),
		learned: prometheus.NewDesc("cleaner_limit_learned_timestamp_seconds",
			"When the limit has shown itself last: by a refusal, or as the service named it.", nil, nil),
		achieved: prometheus.NewDesc("cleaner_rate_achieved",
			"DELETEs a second that were sent in the last ten seconds and not refused.", nil, nil),
		bound: prometheus.NewDesc("cleaner_rate_bound",
			"1 for what bounds the pass under way; 0 for the others, and without a pass.", []string{"by"}, nil),
		wait: prometheus.NewDesc("cleaner_rate_limit_wait_seconds_total", "How long requests waited for their permits, all together.", nil, nil),
	}
}

// WatchPace shows p from now on, in place of the one before; nil shows none. It must be
// called only once for each pacer.
func (w *Watched) WatchPace(p Pacer) {
	w.pace.mu.Lock()
	defer w.pace.mu.Unlock()
	if w.pace.pacer != nil {
		w.pace.before += w.pace.pacer.Waited()
	}
	w.pace.pacer = p
}

// Describe implements prometheus.Collector.
func (p *pace) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{p.rate, p.wait, p.limit, p.learned, p.achieved, p.bound} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector.
func (p *pace) Collect(ch chan<- prometheus.Metric) {
	now := p.read()
	gauge := func(desc *prometheus.Desc, v float64, label ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, label...)
	}
	gauge(p.rate, now.rate)
	ch <- prometheus.MustNewConstMetric(p.wait, prometheus.CounterValue, now.waited.Seconds())
	known := now.state.Learned
	for i := range policy.PaceOrigins {
		origin, limit := policy.PaceOrigin(i), 0.0
		if known.Origin() == origin {
			limit = known.Rate
		}
		gauge(p.limit, limit, origin.String())
	}
	if !known.At.IsZero() {
		gauge(p.learned, unix(known.At))
	}
	gauge(p.achieved, now.state.Achieved)
	for i := 1; i < policy.PaceBounds; i++ { // 0 is none
		by := policy.PaceBound(i)
		gauge(p.bound, oneIf(by == now.bound), by.String())
	}
}

// pacing is the pace at one moment.
type pacing struct {
	rate   float64
	waited time.Duration
	state  policy.PaceState
	bound  policy.PaceBound
}

func (p *pace) read() (now pacing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now.waited = p.before
	if p.pacer == nil {
		return now
	}
	now.rate = p.pacer.Rate()
	now.waited += p.pacer.Waited()
	now.state, now.bound = p.pacer.Pace()
	return now
}
