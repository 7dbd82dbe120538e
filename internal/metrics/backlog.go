package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/queue"
)

// The names of the backlog's metrics that are kept from one process to the next.
const (
	nameTasks   = "cleaner_ledger_tasks"
	nameWaiting = "cleaner_ledger_waiting_tasks"
	nameAge     = "cleaner_oldest_pending_age_seconds"
	nameDead    = "cleaner_dead_letters"
	nameCodes   = "cleaner_dead_letters_by_code"
	nameHeld    = "cleaner_held_tasks"
	nameHolds   = "cleaner_holds"
	nameReadAt  = "cleaner_ledger_read_timestamp_seconds"
)

type ledgerDescs struct{ tasks, waiting, age, dead, codes, held, holds, readAt, failures *prometheus.Desc }

func newLedgerDescs() ledgerDescs {
	return ledgerDescs{
		tasks:   prometheus.NewDesc(nameTasks, "Task IDs in the ledger, by state. The sum is what was loaded and is remembered.", []string{"state"}, nil),
		waiting: prometheus.NewDesc(nameWaiting, "Pending task IDs that were tried before.", nil, nil),
		age: prometheus.NewDesc(nameAge,
			"How long ago the oldest batch was loaded that still has a pending ID; 0 when nothing is pending.", nil, nil),
		held:  prometheus.NewDesc(nameHeld, "Pending task IDs that are not sent, because a safety belt holds them until an operator releases them.", nil, nil),
		holds: prometheus.NewDesc(nameHolds, "Holds that a safety belt has put and nobody has released, by what they hold.", []string{"scope"}, nil),
		dead:  prometheus.NewDesc(nameDead, "Task IDs given up, for a person to look at.", nil, nil),
		codes: prometheus.NewDesc(nameCodes,
			"Task IDs given up, by the code of the last answer or by what kept it away: the ten most frequent codes, `none` for an answer without one, and `other` for the rest.",
			[]string{"code"}, nil),
		readAt: prometheus.NewDesc(nameReadAt, "When the ledger was read for what is shown of it.", nil, nil),
		failures: prometheus.NewDesc("cleaner_ledger_read_failures_total",
			"Scrapes that show the ledger as read before, because it could not be read in time.", nil, nil),
	}
}

func (d ledgerDescs) describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{d.tasks, d.waiting, d.age, d.dead, d.codes, d.held, d.holds, d.readAt, d.failures} {
		ch <- desc
	}
}

// letters shows the dead letters by their codes, which number dead in all.
func (d ledgerDescs) letters(ch chan<- prometheus.Metric, codes []queue.DeadCode, dead int64) {
	for code, n := range frequent(codes, dead) {
		ch <- prometheus.MustNewConstMetric(d.codes, prometheus.GaugeValue, float64(n), code)
	}
}

// backlog shows the counts c, which were read at the time at. The age of the oldest
// pending ID is computed now, so that it grows also while the ledger cannot be read.
func (d ledgerDescs) backlog(ch chan<- prometheus.Metric, c queue.Counts, at time.Time) {
	gauge := func(desc *prometheus.Desc, v float64, label ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, label...)
	}
	for state, n := range c.ByState() {
		gauge(d.tasks, float64(n), queue.State(state).String())
	}
	gauge(d.waiting, float64(c.Waiting))
	gauge(d.dead, float64(c.Dead))
	gauge(d.held, float64(c.Held))
	gauge(d.holds, float64(c.HeldBatches), "batch")
	gauge(d.holds, oneIf(c.HeldAll), "ledger")
	gauge(d.readAt, unix(at))
	var age time.Duration
	if !c.OldestPending.IsZero() {
		age = max(time.Since(c.OldestPending), 0)
	}
	gauge(d.age, age.Seconds())
}
