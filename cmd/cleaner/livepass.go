package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/daemon"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
	"cleaner/internal/worker"
)

// mostPasses is how many passes are remembered to be shown.
const mostPasses = 20

// livePass is the pass under way, as others see it.
type livePass struct {
	*pass
	tick  schedule.Tick
	stop  context.CancelCauseFunc
	began time.Time
}

// makePass makes one pass. It ends early when ctx does, which is a signal or a
// later tick that takes its place, and when an operator says stop.
func (s *server) makePass(ctx context.Context, t schedule.Tick) error {
	s.holding.Lock()
	defer s.holding.Unlock()
	taking, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(asStop(context.Cause(ctx))) })()
	cfg := s.config()
	p := &pass{
		app: s.app, command: "serve", cfg: cfg, log: s.log.With(zap.Time("pass", time.Now().UTC())), metrics: s.metrics,
		flags:    runFlags{resultsPath: cfg.Output.Results, reportPath: cfg.Output.Report},
		tolerant: true, told: s.count, tuning: tuning{latest: s.config},
	}
	p.span = s.tracer.Start(string(t.Reason))
	live := &livePass{pass: p, tick: t, stop: stop, began: time.Now()}
	s.enter(live)
	defer s.tellStatus()
	defer s.leave(live)
	spooled := s.spooled(p)
	p.flags.ids = slices.Concat(cfg.Inputs.Files, spooled)
	p.report.StartedAt = live.began.UTC()
	err := p.finish(ctx, p.guarded(func() error { return p.run(taking, s.sending) }))
	if crashed(err) {
		s.fall(err)
		return err
	}
	s.remember(p.report)
	s.dispose(spooled, p)
	s.log.Info(p.summary())
	if f, ok := err.(*failure); ok && f.err == nil { //nolint:errorlint // told by the report, and no failure of the schedule
		return nil
	}
	return err
}

// mostOutcomes bounds how many different ends of IDs are counted; codes are the
// service's, and there might be many.
const mostOutcomes = 100

// count counts how IDs end, by state and code.
func (s *server) count(outcomes []queue.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range outcomes {
		end := daemon.Outcome{State: o.State.String(), Code: o.Code}
		if o.State == queue.Pending || s.ends[end] == 0 && len(s.ends) >= mostOutcomes {
			continue
		}
		s.ends[end]++
	}
}

// asStop makes a stop of the cause that ended a context.
func asStop(cause error) error {
	if _, ok := stopIn(cause); ok {
		return cause
	}
	return &worker.Stop{Kind: worker.StopSignal, Why: cause.Error()}
}

func (s *server) enter(l *livePass) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = l
}

// leave remembers the pass for those who look later.
func (s *server) leave(l *livePass) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = nil
	s.passes = append([]daemon.Ended{endedOf(l)}, s.passes...)
	s.passes = s.passes[:min(len(s.passes), mostPasses)]
}

// endedOf is a pass as the status page shows it afterwards.
func endedOf(l *livePass) daemon.Ended {
	r, name := l.report, l.tick.Job
	if l.tick.Reason == schedule.Manual {
		name = ""
	}
	return daemon.Ended{
		Schedule: name, Began: r.StartedAt, Finished: r.FinishedAt, ExitCode: r.ExitCode,
		StoppedBy: r.StoppedBy, Reason: r.Reason,
		Loaded: r.Loaded, Deleted: r.Deleted, Gone: r.Gone, Protected: r.Protected, Dead: r.Dead, Pending: r.Pending,
		Requests: r.Requests, Retries: r.Retries, Throttled: r.Throttled, Summary: l.summary(),
	}
}

// sample writes down how fast it goes, every ten seconds, and tells systemd.
func (s *server) sample(ctx context.Context) {
	const every = 10 * time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	var before worker.Pass
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.tellStatus()
		now, rate := s.snapshot()
		if now.StartedAt != before.StartedAt {
			before = worker.Pass{StartedAt: now.StartedAt} // another pass
		}
		s.history.Add(daemon.Sample{
			At: time.Now(), Rate: rate,
			Sent:      float64(now.Requests-before.Requests) / every.Seconds(),
			Throttled: now.Throttled - before.Throttled,
		})
		before = now
	}
}

// snapshot is what the pass under way has done, and how many requests a second it
// may send; zero when none is under way.
func (s *server) snapshot() (done worker.Pass, rate float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		return done, 0
	}
	if w := s.live.worker.Load(); w != nil {
		done = w.Snapshot()
	}
	if pace := s.live.pacing.Load(); pace != nil {
		rate = pace.Rate()
	}
	return done, rate
}

// spoolOf lists the files that wait in the spool, the oldest name first. Hidden
// files are still being written.
func spoolOf(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(files, cmp.Compare[string])
	return files, nil
}
