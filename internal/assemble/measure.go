package assemble

import (
	"cmp"
	"os"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/schedule"
)

// Metrics are those of one pass that nobody scrapes; nil when they would go nowhere. The
// schedules of the configuration, by which others start such passes, say how far apart
// they are.
func Metrics(to config.Metrics, schedules []config.Tick, version, revision string) *metrics.Metrics {
	if to.Pushgateway == "" && to.Textfile == "" {
		return nil
	}
	m := metrics.New(version, revision)
	m.SetSchedulePeriod(Period(schedules, time.Now()))
	return m
}

// Period is the longest time from one planned pass to the next, after a time: of several
// schedules, the one that is soonest again counts. It is zero without a schedule.
func Period(schedules []config.Tick, after time.Time) (period time.Duration) {
	for _, entry := range schedules {
		parsed, err := schedule.Parse(Schedule(entry))
		if err != nil {
			continue // serve refuses it; who only makes a pass does not need it
		}
		if gap := parsed.LongestGap(after); gap > 0 && (period == 0 || gap < period) {
			period = gap
		}
	}
	return period
}

// Group are the labels of the group at the Pushgateway. A host that has no name is none of
// many.
func Group(c *config.Config) map[string]string {
	host, _ := os.Hostname()
	group, _ := metrics.Grouping(c.Metrics.Grouping, cmp.Or(host, "unknown")) // metricsRule has refused what is wrong with it
	return group
}

// metricsRule checks where the metrics of a pass go.
func metricsRule(c *config.Config, report func(string, error)) {
	if _, err := metrics.Grouping(c.Metrics.Grouping, ""); err != nil {
		report("metrics.grouping", err)
	}
	if g := c.Metrics.Pushgateway; g != "" {
		if err := metrics.CheckGateway(g); err != nil {
			report("metrics.pushgateway", err)
		}
	}
}
