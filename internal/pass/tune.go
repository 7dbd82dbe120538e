package pass

import (
	"sync"

	"cleaner/internal/metrics"
	"cleaner/internal/pace"
	"cleaner/internal/protect"
	"cleaner/internal/worker"
)

// Tuning is what may change of a pass under way. Caps and belts are asked before the
// first DELETE or judged over the whole pass; they change with the next one.
type Tuning struct {
	Rate        float64 // requests a second
	Workers     int
	ProtectFile string
}

// Tune changes the pass, now or when it begins to send.
func (l *Live) Tune(t Tuning) { l.tuning.set(t) }

// tuning is the latest change, and what it is about.
type tuning struct {
	mu     sync.Mutex // guards what follows; one change at a time
	latest *Tuning    // nil when the pass keeps to its Spec
	tuned  *tuned     // nil before the pass begins to send
}

// tuned are the parts of a pass that are changed.
type tuned struct {
	worker  *worker.Worker
	pace    *pace.Adaptive
	service Service
	guard   *protect.Guard
	metrics *metrics.Metrics // nil when nobody measures
	workers int
}

// workers is how many there are now.
func (t *tuning) workers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tuned == nil {
		return 1
	}
	return t.tuned.workers
}

// set takes over a change.
func (t *tuning) set(latest Tuning) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest = &latest
	t.apply()
}

// begin has the parts follow what was changed before, and what will be.
func (t *tuning) begin(parts tuned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tuned = &parts
	t.apply()
}

// apply changes the parts. The caller holds the lock.
func (t *tuning) apply() {
	if t.latest == nil || t.tuned == nil {
		return
	}
	to, parts := t.latest, t.tuned
	parts.guard.Watch(to.ProtectFile)
	parts.pace.SetRate(to.Rate)
	if to.Workers != parts.workers {
		parts.service.Resize(to.Workers) // first, so that no new worker waits for a connection
		parts.worker.Resize(to.Workers)
		parts.workers = to.Workers
	}
	if parts.metrics != nil {
		parts.metrics.SetWorkers(to.Workers)
	}
}
