package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// schedule is what is told of the daemon's schedule.
type schedule struct {
	skipped, missed prometheus.Counter
	paused          prometheus.Gauge
	next, period    *known
}

func newSchedule(f factory) schedule {
	return schedule{
		skipped: f.counter("cleaner_schedule_skipped_total", "Planned runs left out because the one before was still under way."),
		missed:  f.counter("cleaner_schedule_missed_total", "Planned runs whose time passed while nobody could start them."),
		paused:  f.gauge("cleaner_schedule_paused", "1 while an operator's pause keeps schedules from starting runs, else 0."),
		period: f.known("cleaner_schedule_period_seconds",
			"The longest time from one planned run to the next. Absent without a schedule.", ""),
		next: f.known("cleaner_schedule_next_timestamp_seconds", "When the next run is planned. Absent without a schedule.", ""),
	}
}

// ScheduleSkipped counts a planned run that was left out because the one before
// it was still under way.
func (m *Metrics) ScheduleSkipped() { m.schedule.skipped.Inc() }

// ScheduleMissed counts n planned runs whose time has passed; a negative n counts
// as none.
func (m *Metrics) ScheduleMissed(n int) { m.schedule.missed.Add(float64(max(n, 0))) }

// SchedulePaused tells whether an operator's pause is in force.
func (m *Metrics) SchedulePaused(paused bool) { m.schedule.paused.Set(oneIf(paused)) }

// SetSchedulePeriod tells the longest time from one planned run to the next.
func (m *Metrics) SetSchedulePeriod(d time.Duration) { m.schedule.period.set(0, d.Seconds()) }

// SetScheduleNext tells when the next run is planned; zero is that none is.
func (m *Metrics) SetScheduleNext(at time.Time) { m.schedule.next.setTime(0, at) }

// config is what is told of the configuration.
type config struct {
	success, failure prometheus.Counter
	good             prometheus.Gauge
}

func newConfig(f factory) config {
	vec := f.counters("cleaner_config_reloads_total", "Reloads of the configuration, by result.", "result")
	c := config{
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
func (m *Metrics) ConfigReloaded(ok bool) {
	c := m.config
	if ok {
		c.success.Inc()
		c.good.Set(1)
		return
	}
	c.failure.Inc()
	c.good.Set(0)
}
