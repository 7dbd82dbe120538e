package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/worker"
)

// The names of the metrics of verification that are kept from one process to the next.
const (
	nameMode       = "cleaner_verification_mode"
	nameUnverified = "cleaner_run_unverified_deletions"
	nameIndistinct = "cleaner_deletions_indistinct"
	nameLearned    = "cleaner_learned_timestamp_seconds"
)

// Verifier returns what a pass has done so far. worker.Worker is one.
type Verifier interface {
	Snapshot() worker.Pass
}

// verification shows how far the deletions of the pass under way are verified; until
// that is known, those of the last pass. It asks at each scrape. Until a first pass
// knows, there are no series but the counter.
type verification struct {
	mode, unverified, indistinct, learned, looked *prometheus.Desc

	mu     sync.Mutex  // guards what follows
	pass   Verifier    // nil while none is under way
	last   worker.Pass // the last that was known to have a mode
	before int64       // deletions looked at in the passes before
}

func newVerification() *verification {
	return &verification{
		mode: prometheus.NewDesc(nameMode,
			"1 for how far the last run, or the one under way, verified its deletions, else 0. Off is by configuration; unverified is that no look can tell. Absent before the first.",
			[]string{"mode"}, nil),
		unverified: prometheus.NewDesc(nameUnverified,
			"Deletions that the last run, or the one under way, reports by the service's word alone, as no look can tell. Absent before the first.", nil, nil),
		indistinct: prometheus.NewDesc(nameIndistinct,
			"1 when the service answers alike for what it deletes and for what is not there, so that deleted and gone cannot be told apart, else 0. Absent before the first run.", nil, nil),
		learned: prometheus.NewDesc(nameLearned,
			"When it was learned how the service answers for tasks that are not there. Absent while that is not known.", nil, nil),
		looked: prometheus.NewDesc("cleaner_deletions_looked_at_total",
			"Confirmed deletions that were chosen at random, looked at and seen to be gone.", nil, nil),
	}
}

// WatchVerification shows what v verifies from now on, in place of the one before, whose
// numbers stay until v has its own; nil means that the pass is over.
func (w *Watched) WatchVerification(v Verifier) {
	g := w.verified
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before = g.read()
	g.pass = v
}

// read asks the pass under way, and returns how many deletions were looked at in all.
// The caller holds the lock.
func (v *verification) read() (looked int64) {
	if v.pass == nil {
		return v.before
	}
	now := v.pass.Snapshot()
	if now.Verification.Mode != worker.ModeNone {
		v.last = now
	}
	return v.before + now.Verification.Random
}

// Describe implements prometheus.Collector.
func (v *verification) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{v.mode, v.unverified, v.indistinct, v.learned, v.looked} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector.
func (v *verification) Collect(ch chan<- prometheus.Metric) {
	v.mu.Lock()
	looked, last := v.read(), v.last
	v.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(v.looked, prometheus.CounterValue, float64(looked))
	known := last.Verification
	if known.Mode == worker.ModeNone {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, label ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, label...)
	}
	for _, mode := range worker.Modes() {
		gauge(v.mode, oneIf(mode == known.Mode), string(mode))
	}
	unverified := float64(0)
	if known.Mode == worker.ModeUnverified {
		unverified = float64(last.Deleted)
	}
	gauge(v.unverified, unverified)
	gauge(v.indistinct, oneIf(known.Indistinct()))
	if at := known.Learned.At; !at.IsZero() {
		gauge(v.learned, unix(at))
	}
}
