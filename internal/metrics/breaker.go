package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/policy"
)

// breaker shows the circuit breaker of the run under way, or of the last one.
type breaker struct {
	open   prometheus.Gauge
	probes prometheus.Counter

	mu   sync.Mutex // guards last, and keeps open in step with it
	last policy.BreakerState
}

func newBreaker(f factory) *breaker {
	return &breaker{
		open:   f.gauge("cleaner_breaker_open", "1 while the circuit breaker is open because the far side is down, else 0."),
		probes: f.counter("cleaner_breaker_probes_total", "Probes that failed while the circuit breaker was open."),
	}
}

// SetBreaker sets the state of the circuit breaker. Of several states in quick
// succession the latest is enough: no failed probe is lost, unless the breaker has
// closed in between.
func (m *Metrics) SetBreaker(s policy.BreakerState) {
	b := m.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := s.Probes
	if s.Open && b.last.Open && s.Since.Equal(b.last.Since) {
		failed -= b.last.Probes // those were counted
	}
	if s.Open {
		b.probes.Add(float64(max(failed, 0)))
		b.open.Set(1)
	} else {
		b.open.Set(0)
	}
	b.last = s
}

// reset closes the breaker, for a new run.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = policy.BreakerState{}
	b.open.Set(0)
}
