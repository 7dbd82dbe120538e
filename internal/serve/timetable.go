package serve

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/schedule"
)

// timetable says when passes run.
type timetable struct {
	runner  *schedule.Runner
	ticks   *ticks
	metrics *metrics.Metrics
	log     *zap.Logger
	started time.Time
	ended   func() // shows that a pass is over
}

// newTimetable makes the runner of the schedules of a configuration. It calls ended after each pass.
func newTimetable(cfg *config.Config, d *Deps, kept *ticks, makePass func(context.Context, schedule.Tick) error, ended func()) (*timetable, error) {
	t := &timetable{ended: ended, ticks: kept, metrics: d.Metrics, log: d.Log, started: time.Now()}
	jobs, err := t.jobs(cfg)
	if err != nil {
		return nil, err
	}
	if last := kept.last(successKey); last.After(t.started) {
		t.log.Warn("the last success is in the future and is forgotten: the clock was set back", zap.Time("success", last))
	} else {
		t.metrics.RestoreSuccess(last)
	}
	t.metrics.RestoreFinished(kept.last(finishedKey))
	t.runner, err = schedule.New(schedule.Config{Instance: hostname(), Jobs: jobs, Pass: makePass, Ticked: t.ticked, Observe: t.observe})
	if err != nil {
		return nil, err
	}
	t.showNext()
	t.metrics.SetSchedulePeriod(assemble.Period(cfg.Schedule, t.started))
	return t, nil
}

// ticked keeps what the scheduler has settled. When that cannot be kept, a restart
// may make up for a tick once more; the ledger ensures that no settled ID is sent again.
func (t *timetable) ticked(job schedule.Job, planned time.Time) {
	warn(t.log, "a tick is not remembered", t.ticks.honour(job.Schedule.String(), planned))
	t.showNext()
}

// jobs are the schedules of a configuration, each with the tick that was honoured
// last.
func (t *timetable) jobs(cfg *config.Config) (jobs []schedule.Job, err error) {
	for i, entry := range cfg.Schedule {
		parsed, err := schedule.Parse(assemble.Schedule(entry))
		if err != nil {
			return nil, err // the configuration's rule has refused it already
		}
		jobs = append(jobs, schedule.Job{Name: assemble.JobName(i), Schedule: parsed, Last: t.ticks.last(parsed.String())})
	}
	return jobs, nil
}

// reschedule puts the schedules of a configuration in force.
func (t *timetable) reschedule(cfg *config.Config) error {
	jobs, err := t.jobs(cfg)
	if err != nil {
		return err
	}
	if err := t.runner.Reschedule(jobs); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	t.showNext()
	t.metrics.SetSchedulePeriod(assemble.Period(cfg.Schedule, t.started))
	return nil
}

// showNext has the metrics show when the next pass is due.
func (t *timetable) showNext() {
	next, _ := t.runner.State().Next()
	t.metrics.SetScheduleNext(next.Due())
}

// observe logs and counts what the scheduler does.
func (t *timetable) observe(e schedule.Event) {
	fields := []zap.Field{
		zap.String("event", string(e.Kind)), zap.String("schedule", e.Job), zap.Time("planned", e.Planned),
		zap.String("reason", string(e.Reason)), zap.String("cause", e.Cause),
	}
	switch e.Kind {
	case schedule.KindSkipped:
		for range e.Count {
			t.metrics.ScheduleSkipped()
		}
		t.log.Warn("tick skipped", append(fields, zap.Int("ticks", e.Count))...)
	case schedule.KindMissed:
		t.metrics.ScheduleMissed(e.Count)
		t.log.Warn("ticks missed", append(fields, zap.Int("ticks", e.Count), zap.Time("until", e.Until))...)
	case schedule.KindPaused, schedule.KindResumed:
		t.metrics.SchedulePaused(e.Kind == schedule.KindPaused)
		t.log.Info("schedule", fields...)
	case schedule.KindFinished:
		t.ended()
		if e.Err != nil {
			t.log.Error("pass failed", append(fields, zap.Error(e.Err))...)
			return
		}
		t.log.Info("pass ended", append(fields, zap.Duration("took", e.Took))...)
	default:
		t.log.Info("schedule", fields...)
	}
}
