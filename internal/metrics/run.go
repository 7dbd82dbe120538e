package metrics

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/worker"
)

// The names that outlive a run, for those who keep them.
const (
	nameRunStart      = "cleaner_run_last_start_timestamp_seconds"
	nameRunCompletion = "cleaner_run_last_completion_timestamp_seconds"
	nameRunSuccess    = "cleaner_run_last_success_timestamp_seconds"
	nameRunDuration   = "cleaner_run_duration_seconds"
)

// runs is what is told of runs as a whole.
type runs struct {
	active    prometheus.Gauge
	total     [results]prometheus.Counter
	stopped   map[worker.StopKind]prometheus.Gauge
	completed *known
	succeeded *known
	duration  *known

	mu      sync.Mutex // guards what follows
	started *known
	begun   time.Time // when the run under way began; zero before the first
	success time.Time // the latest one that is known
}

func newRuns(f factory) *runs {
	names := make([]fmt.Stringer, results)
	for i := range results {
		names[i] = i
	}
	r := &runs{
		active:  f.gauge("cleaner_run_active", "1 while a run is under way, else 0."),
		stopped: map[worker.StopKind]prometheus.Gauge{},
		started: f.known(nameRunStart, "When the last run began. Absent before the first.", ""),
		completed: f.known(nameRunCompletion,
			"When the last run ended that ended so. Absent for a result that none had.", "result", names...),
		succeeded: f.known(nameRunSuccess,
			"When the last run succeeded, also of an earlier process. Absent when it is not known that any did.", ""),
		duration: f.known(nameRunDuration, "How long the last run took. Absent before the first has ended.", ""),
	}
	vec := f.counters("cleaner_runs_total", "Runs that ended, by their result.", "result")
	for i := range results {
		r.total[i] = vec.WithLabelValues(i.String())
	}
	stopped := f.gauges("cleaner_run_stopped", "1 for what ended the last run before its work was done, else 0.", "by")
	for _, kind := range worker.StopKinds() {
		r.stopped[kind] = stopped.WithLabelValues(string(kind))
	}
	return r
}

// StartRun tells that a run begins. It closes the circuit breaker, as every run
// finds out for itself how the far side is.
func (m *Metrics) StartRun(at time.Time) {
	m.breaker.reset()
	r := m.runs
	r.active.Set(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = at
	r.started.setTime(0, at)
}

// EndRun tells how a run ended, and what stopped it before its work was done, if
// anything did. Only Success moves the last success. A rehearsal is no run: tell
// nothing of it.
func (m *Metrics) EndRun(at time.Time, result Result, stopped worker.StopKind) {
	r := m.runs
	r.active.Set(0)
	for kind, g := range r.stopped {
		g.Set(oneIf(kind == stopped))
	}
	r.total[result].Inc()
	r.completed.setTime(int(result), at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.begun.IsZero() {
		r.duration.set(0, at.Sub(r.begun).Seconds())
	}
	if result == Success {
		r.succeed(at)
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// RestoreSuccess tells when a run of an earlier process succeeded, so that a
// restart does not lose it. Zero, and what is earlier than known, changes nothing.
func (m *Metrics) RestoreSuccess(at time.Time) {
	m.runs.mu.Lock()
	defer m.runs.mu.Unlock()
	m.runs.succeed(at)
}

// succeed keeps the latest success. The caller holds the lock.
func (r *runs) succeed(at time.Time) {
	if at.After(r.success) {
		r.success = at
		r.succeeded.setTime(0, at)
	}
}
