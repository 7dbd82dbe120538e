package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pacer is what grants permits to send.
type Pacer interface {
	// Rate is how many permits a second it grants now; +Inf is no limit.
	Rate() float64
	// Waited is how long requests have waited for their permits, all together;
	// it never goes back.
	Waited() time.Duration
}

// pace reads the pacer at each scrape. It goes on counting when a new run brings
// a new pacer.
type pace struct {
	rate, wait *prometheus.Desc

	mu     sync.Mutex // guards what follows
	pacer  Pacer      // nil before the first
	before time.Duration
}

func newPace() *pace {
	return &pace{
		rate: prometheus.NewDesc("cleaner_rate_limit", "Permits to send a second, now; 0 when nothing paces.", nil, nil),
		wait: prometheus.NewDesc("cleaner_rate_limit_wait_seconds_total", "How long requests waited for their permits, all together.", nil, nil),
	}
}

// WatchPace shows p from now on, in place of the one before; nil shows none. It
// must be told of a pacer once.
func (m *Metrics) WatchPace(p Pacer) {
	m.pace.mu.Lock()
	defer m.pace.mu.Unlock()
	if m.pace.pacer != nil {
		m.pace.before += m.pace.pacer.Waited()
	}
	m.pace.pacer = p
}

// Describe implements prometheus.Collector.
func (p *pace) Describe(ch chan<- *prometheus.Desc) { ch <- p.rate; ch <- p.wait }

// Collect implements prometheus.Collector.
func (p *pace) Collect(ch chan<- prometheus.Metric) {
	rate, waited := p.read()
	ch <- prometheus.MustNewConstMetric(p.rate, prometheus.GaugeValue, rate)
	ch <- prometheus.MustNewConstMetric(p.wait, prometheus.CounterValue, waited.Seconds())
}

func (p *pace) read() (rate float64, waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pacer == nil {
		return 0, p.before
	}
	return p.pacer.Rate(), p.before + p.pacer.Waited()
}
