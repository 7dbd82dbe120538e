package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Schedule counts ticks of schedules without a run, and says when the next run is due.
type Schedule struct {
	skipped, missed prometheus.Counter
	paused          prometheus.Gauge
	next, period    *known
}

func newSchedule(f factory) *Schedule {
	return &Schedule{
		skipped: f.counter("cleaner_schedule_skipped_total", "Runs left out on purpose: one was under way or took its place, schedules were paused or changed, it would have begun too late, or the process ended."),
		missed:  f.counter("cleaner_schedule_missed_total", "Planned runs whose time passed while nobody could start them."),
		paused:  f.gauge("cleaner_schedule_paused", "1 while an operator's pause keeps schedules from starting runs, else 0."),
		period: f.known("cleaner_schedule_period_seconds",
			"The longest time from one planned run to the next. Absent without a schedule.", ""),
		next: f.known("cleaner_schedule_next_timestamp_seconds", "When the next run is due, jitter included. Absent without a schedule.", ""),
	}
}

// ScheduleSkipped counts a run that was left out on purpose, planned or asked for by hand.
func (s *Schedule) ScheduleSkipped() { s.skipped.Inc() }

// ScheduleMissed counts n planned runs whose time has passed; a negative n counts as 0.
func (s *Schedule) ScheduleMissed(n int) { s.missed.Add(float64(max(n, 0))) }

// SchedulePaused sets whether an operator has paused the schedules.
func (s *Schedule) SchedulePaused(paused bool) { s.paused.Set(oneIf(paused)) }

// SetSchedulePeriod sets the longest time from one planned run to the next; zero is that
// none is planned, and leaves it as it is.
func (s *Schedule) SetSchedulePeriod(d time.Duration) {
	if d > 0 {
		s.period.set(0, d.Seconds())
	}
}

// SetScheduleNext sets when the next run is due; zero is never.
func (s *Schedule) SetScheduleNext(at time.Time) { s.next.setTime(0, at) }

// Config counts reloads of the configuration.
type Config struct {
	success, failure prometheus.Counter
	good             prometheus.Gauge
}

func newConfig(f factory) *Config {
	vec := f.counters("cleaner_config_reloads_total", "Reloads of the configuration, by result.", "result")
	c := &Config{
		success: vec.WithLabelValues("success"),
		failure: vec.WithLabelValues("failure"),
		good: f.gauge("cleaner_config_last_reload_successful",
			"1 when the configuration in force is the file's as last read, 0 when that was refused and an older one is in force."),
	}
	c.good.Set(1) // what the process started with
	return c
}

// ConfigReloaded counts a reload. ok is false when the file was refused and the
// older configuration is still in force.
func (c *Config) ConfigReloaded(ok bool) {
	if ok {
		c.success.Inc()
		c.good.Set(1)
		return
	}
	c.failure.Inc()
	c.good.Set(0)
}
