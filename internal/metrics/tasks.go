package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/queue"
)

// Tasks counts settled task IDs, and says by how much work is bounded.
type Tasks struct {
	settled            [queue.Dead + 1]prometheus.Counter // by state; nil for Pending
	run                ofRun
	workers, rate, cap prometheus.Gauge
}

// ofRun are the task IDs that one run has settled.
type ofRun struct {
	mu    sync.Mutex // guards n, and keeps shown in step with it
	n     [queue.Dead + 1]int64
	shown [queue.Dead + 1]prometheus.Gauge // nil for Pending
}

func newTasks(f factory) *Tasks {
	t := &Tasks{
		workers: f.gauge("cleaner_workers", "IDs that may be in hand at once, and so requests in flight."),
		rate:    f.gauge("cleaner_rate_configured", "The most permits to send a second that the configuration allows: limits.rate."),
		cap: f.gauge("cleaner_cap_tasks",
			"The most pending task IDs with which a run sets out, as the configuration says: safety.refuse_above. 0 is no cap."),
	}
	total := f.counters("cleaner_settled_total", "Task IDs settled, by how. Each counts once, after the ledger has it.", "outcome")
	run := f.gauges("cleaner_run_settled_tasks", "Task IDs that the last run, or the one under way, has settled, by how.", "outcome")
	for _, s := range []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead} {
		t.settled[s] = total.WithLabelValues(s.String())
		t.run.shown[s] = run.WithLabelValues(s.String())
	}
	return t
}

// ObserveOutcomes counts outcomes that the ledger has recorded; it does not count IDs
// that went back to the queue. It does not keep the slice.
func (t *Tasks) ObserveOutcomes(outcomes []queue.Outcome) {
	t.run.mu.Lock()
	defer t.run.mu.Unlock()
	for i := range outcomes {
		s := outcomes[i].State
		if t.settled[s] == nil {
			continue
		}
		t.settled[s].Inc()
		t.run.n[s]++
		t.run.shown[s].Set(float64(t.run.n[s]))
	}
}

// reset begins to count for a new run.
func (r *ofRun) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, g := range r.shown {
		if g != nil {
			r.n[s] = 0
			g.Set(0)
		}
	}
}

// SetWorkers sets how many IDs may be in hand at once.
func (t *Tasks) SetWorkers(n int) { t.workers.Set(float64(n)) }

// SetBounds sets what the configuration allows: permits a second, and pending task IDs
// with which a run sets out, of which 0 is no cap.
func (t *Tasks) SetBounds(rate float64, most int64) {
	t.rate.Set(rate)
	t.cap.Set(float64(most))
}
