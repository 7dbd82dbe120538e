package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/report"
	"cleaner/internal/schedule"
)

// jobName names a schedule by its place in the configuration.
func jobName(i int) string { return fmt.Sprintf("schedule[%d]", i) }

// specOf is a schedule as the scheduler takes it.
func specOf(t config.Tick) schedule.Spec {
	return schedule.Spec{
		Cron: t.Cron, Timezone: t.Timezone, Overlap: schedule.Overlap(t.Overlap), Missed: schedule.Missed(t.Missed),
		Deadline: t.Deadline, Jitter: t.Jitter,
	}
}

// scheduleRule checks each schedule as the scheduler will read it.
func scheduleRule(c *config.Config, report func(string, error)) {
	for i, t := range c.Schedule {
		_, err := schedule.Parse(specOf(t))
		faults, ok := errors.AsType[schedule.Faults](err)
		for _, f := range faults {
			report(jobName(i)+"."+f.Field, errors.New(f.Reason))
		}
		if err != nil && !ok {
			report(jobName(i), err)
		}
	}
}

// ticks remembers across restarts which ticks have been honoured, and when a pass
// last succeeded, in a file beside the ledger.
type ticks struct {
	path string

	mu   sync.Mutex // guards done and the file: what is written last must be the latest
	done map[string]time.Time
}

// openTicks reads the file at path; one that was never written is empty.
func openTicks(path string) (*ticks, error) {
	t := &ticks{path: path, done: map[string]time.Time{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t.done)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w; remove it to forget which ticks were honoured", path, err)
	}
	return t, nil
}

// last returns the last tick of the schedule that was honoured; zero for none.
func (t *ticks) last(schedule string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done[schedule]
}

// honour writes down that every tick of the schedule up to planned is settled.
func (t *ticks) honour(schedule string, planned time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[schedule] = planned.UTC()
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return err
	}
	return writeFile(t.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(t.done) })
}

// ticked keeps what the scheduler has settled. When that cannot be kept, a restart
// may make up for a tick once more; the ledger sees to it that no ID suffers.
func (s *server) ticked(job schedule.Job, planned time.Time) {
	s.warn("a tick is not remembered", s.ticks.honour(job.Schedule.String(), planned))
	s.showNext()
}

// jobs are the schedules of a configuration, each with the tick that was honoured
// last.
func (s *server) jobs(cfg *config.Config) (jobs []schedule.Job, err error) {
	for i, t := range cfg.Schedule {
		parsed, err := schedule.Parse(specOf(t))
		if err != nil {
			return nil, err // the configuration's rule has refused it already
		}
		jobs = append(jobs, schedule.Job{Name: jobName(i), Schedule: parsed, Last: s.ticks.last(parsed.String())})
	}
	return jobs, nil
}

// reschedule puts the schedules of a configuration in force.
func (s *server) reschedule(cfg *config.Config) error {
	jobs, err := s.jobs(cfg)
	if err != nil {
		return err
	}
	if err := s.runner.Reschedule(jobs); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	s.showNext()
	s.showPeriod(jobs)
	return nil
}

// showNext tells the metrics when the next pass is planned.
func (s *server) showNext() {
	var next time.Time
	for _, j := range s.runner.State().Jobs {
		if !j.Next.IsZero() && (next.IsZero() || j.Next.Before(next)) {
			next = j.Next
		}
	}
	s.metrics.SetScheduleNext(next)
}

// showPeriod tells the metrics how far apart passes are: of several schedules, the
// one that is soonest again counts.
func (s *server) showPeriod(jobs []schedule.Job) {
	var period time.Duration
	for _, j := range jobs {
		if gap := j.Schedule.LongestGap(s.started); gap > 0 && (period == 0 || gap < period) {
			period = gap
		}
	}
	if period > 0 {
		s.metrics.SetSchedulePeriod(period)
	}
}

// successKey is where ticks remember the last success: no schedule reads so.
const successKey = "last success"

// remember sees to it that a restart does not lose a success.
func (s *server) remember(r report.Report) {
	if r.ExitCode == exitOK {
		s.warn("a success is not remembered", s.ticks.honour(successKey, r.FinishedAt))
	}
}

// observe logs and counts what the scheduler does.
func (s *server) observe(e schedule.Event) {
	fields := []zap.Field{
		zap.String("event", string(e.Kind)), zap.String("schedule", e.Job), zap.Time("planned", e.Planned),
		zap.String("reason", string(e.Reason)), zap.String("cause", e.Cause),
	}
	switch e.Kind {
	case schedule.KindSkipped:
		for range e.Count {
			s.metrics.ScheduleSkipped()
		}
		s.log.Warn("tick skipped", append(fields, zap.Int("ticks", e.Count))...)
	case schedule.KindMissed:
		s.metrics.ScheduleMissed(e.Count)
		s.log.Warn("ticks missed", append(fields, zap.Int("ticks", e.Count), zap.Time("until", e.Until))...)
	case schedule.KindPaused, schedule.KindResumed:
		s.metrics.SchedulePaused(e.Kind == schedule.KindPaused)
		s.log.Info("schedule", fields...)
	case schedule.KindFinished:
		if e.Err != nil {
			s.log.Error("pass failed", append(fields, zap.Error(e.Err))...)
			return
		}
		s.log.Info("pass ended", append(fields, zap.Duration("took", e.Took))...)
	default:
		s.log.Info("schedule", fields...)
	}
}
