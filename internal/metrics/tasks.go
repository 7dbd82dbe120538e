package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/queue"
)

// Tasks counts settled task IDs, and says how many may be worked on at once.
type Tasks struct {
	settled [queue.Dead + 1]prometheus.Counter // by state; nil for Pending
	workers prometheus.Gauge
}

func newTasks(f factory) *Tasks {
	t := &Tasks{workers: f.gauge("cleaner_workers", "IDs that may be in hand at once, and so requests in flight.")}
	vec := f.counters("cleaner_settled_total", "Task IDs settled, by how. Each counts once, after the ledger has it.", "outcome")
	for _, s := range []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead} {
		t.settled[s] = vec.WithLabelValues(s.String())
	}
	return t
}

// ObserveOutcomes counts outcomes that the ledger has recorded; it does not count IDs
// that went back to the queue. It does not keep the slice.
func (t *Tasks) ObserveOutcomes(outcomes []queue.Outcome) {
	for i := range outcomes {
		if c := t.settled[outcomes[i].State]; c != nil {
			c.Inc()
		}
	}
}

// SetWorkers sets how many IDs may be in hand at once.
func (t *Tasks) SetWorkers(n int) { t.workers.Set(float64(n)) }
