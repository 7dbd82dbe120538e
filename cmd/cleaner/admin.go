package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/daemon"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/schedule"
	"cleaner/internal/worker"
)

// adminOptions are what the admin server is made of.
func (s *server) adminOptions() daemon.Options {
	listen := s.config().Listen
	return daemon.Options{
		Address: listen.Address, Socket: listen.Socket, WebConfigFile: listen.WebConfigFile, Profiling: listen.Pprof,
		Log: s.log, Metrics: s.metrics.Handler(), Status: s.status, Ready: s.ready, Alive: s.alive, Control: control{s},
		Token: tokenOf(cmp.Or(listen.TokenFile, credentialFile(credentialListenToken, s.app.env))),
	}
}

// tokenOf reads the control token anew for each request; nil without a file.
func tokenOf(path string) func() (string, error) {
	if path == "" {
		return nil
	}
	return func() (string, error) {
		secret, err := fileOf("listen.token_file", path)()
		return secret.Reveal(), err
	}
}

// ready returns why no work can be done.
func (s *server) ready(ctx context.Context) (reasons []string) {
	s.mu.Lock()
	draining := s.draining
	s.mu.Unlock()
	if draining {
		reasons = append(reasons, "the process is about to end")
	}
	if _, err := ledgerFile(ledgerPath(s.config())).Counts(ctx); err != nil {
		reasons = append(reasons, "the ledger cannot be read: "+err.Error())
	}
	return reasons
}

// stuckAfter is how long, beyond one request, workers may stand still before they
// are taken for stuck, unless systemd says how long it waits. What comes before and
// after their work may be one long step on a large ledger and a slow disk, and is
// given stillAtMost.
const (
	stuckAfter  = time.Minute
	stillAtMost = 15 * time.Minute
)

// progressing reports whether the work goes on: a pass that holds IDs and settles
// none for long, though nothing holds it up, is stuck, and so is one that reads or
// writes a file and does not come to its end.
func (s *server) progressing() bool {
	s.mu.Lock()
	l := s.live
	s.mu.Unlock()
	if l == nil {
		return true
	}
	if l.working.Load() {
		return l.worker.Load().Progressing(cmp.Or(s.granted, stuckAfter) + s.config().Limits.RequestTimeout)
	}
	return l.pulse.still() <= stillAtMost
}

// alive returns why a restart would help. It is what the watchdog of systemd goes
// by too; nobody restarts a process because the service is down.
func (s *server) alive() (reasons []string) {
	if !s.progressing() {
		reasons = append(reasons, "the pass under way is stuck: nothing has moved for long, and nothing outside holds it up")
	}
	return reasons
}

// status is what is shown.
func (s *server) status(ctx context.Context) (daemon.Status, error) {
	cfg := s.config()
	st := daemon.Status{
		Version: version, Started: s.started, Now: time.Now(), Workers: cfg.Limits.Workers, MaxRate: cfg.Limits.Rate,
		History: s.history.Samples(),
	}
	if err := s.showLedger(ctx, &st); err != nil {
		st.Alerts = append(st.Alerts, "The ledger cannot be read: "+err.Error()+".")
	}
	s.showSchedules(&st)
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Draining = s.draining
	st.Passes = append([]daemon.Ended{}, s.passes...)
	for end, n := range s.ends {
		end.Count = n
		st.Outcomes = append(st.Outcomes, end)
	}
	slices.SortFunc(st.Outcomes, func(a, b daemon.Outcome) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	if s.alert != "" {
		st.Alerts = append(st.Alerts, s.alert)
	}
	if s.live != nil {
		st.Pass = s.live.shown()
	}
	return st, nil
}

// showLedger fills in what the ledger holds.
func (s *server) showLedger(ctx context.Context, st *daemon.Status) error {
	return readLedger(ctx, ledgerPath(s.config()), func(r *sqlite.Reader) error {
		c, err := r.Counts(ctx)
		if err != nil {
			return err
		}
		st.Ledger = daemon.Ledger{
			Loaded: c.Loaded(), Pending: c.Pending, Deleted: c.Deleted, Gone: c.Gone, Protected: c.Protected, Dead: c.Dead,
			Waiting: c.Waiting, OldestPending: c.OldestPending,
		}
		codes, err := r.DeadCodes(ctx)
		for _, d := range codes {
			st.Dead = append(st.Dead, daemon.DeadCode{Code: d.Code, Count: d.Count, Reason: d.Reason, LastAt: d.LastAt})
		}
		return err
	})
}

// showSchedules fills in when passes are to begin.
func (s *server) showSchedules(st *daemon.Status) {
	state := s.runner.State()
	st.Paused = state.Paused
	for _, j := range state.Jobs {
		shown := daemon.Schedule{Name: j.Name, Spec: j.Schedule.String()}
		if !j.Next.IsZero() && !state.Paused {
			shown.NextLocal = j.Next.Add(j.Offset)
			shown.NextUTC = shown.NextLocal.UTC()
		}
		st.Schedules = append(st.Schedules, shown)
	}
}

// shown is the pass as the status page shows it.
func (l *livePass) shown() *daemon.Pass {
	p := &daemon.Pass{Began: l.began, Schedule: l.tick.Job, Total: l.total.Load()}
	if l.tick.Reason == schedule.Manual {
		p.Schedule = ""
	}
	if pace := l.pacing.Load(); pace != nil {
		p.Rate = pace.Rate()
	}
	p.Throttle, p.Waits = l.holdup.paused(l.pausedUntil()), l.holdup.waits(l.began, time.Now())
	if w := l.worker.Load(); w != nil {
		done := w.Snapshot()
		p.Settled, p.Requests, p.Retries, p.Throttled = done.Settled(), done.Requests, done.Retries, done.Throttled
		p.InFlight, p.LastSettled = w.InFlight(), w.LastSettled()
		if b := w.Breaker(); b.Open {
			p.Breaker = breakerNote(b)
		}
	}
	return p
}

// control is what an operator may do to a server at work.
type control struct{ *server }

// Pause makes schedules start nothing until Resume.
func (c control) Pause() { c.runner.Pause(); c.log.Warn("paused by an operator") }

// Resume undoes Pause.
func (c control) Resume() { c.runner.Resume(); c.log.Info("resumed by an operator") }

// RunNow asks for a pass by hand.
func (c control) RunNow() error {
	outcome, err := c.runner.RunNow("")
	if err == nil && outcome == schedule.Skip {
		err = errors.New("a pass is under way, and the schedule's overlap policy is skip")
	}
	return err
}

// Stop ends the pass under way. Of another process's pass it can only say whose it
// is.
func (c control) Stop() error {
	c.mu.Lock()
	l := c.live
	c.mu.Unlock()
	if l == nil {
		return c.nothingToStop()
	}
	l.stop(&worker.Stop{Kind: worker.StopSignal, Why: "stopped by an operator"})
	return nil
}

// nothingToStop says that this process makes no pass, and who is at work on the
// ledger instead: whoever says stop believes that something is being deleted.
func (c control) nothingToStop() error {
	const idle = "this serve makes no pass"
	h, held, err := sqlite.HolderOf(ledgerPath(c.config()))
	switch {
	case err != nil:
		return fmt.Errorf("%s; whether another process is at work cannot be told: %w", idle, err)
	case !held || h.PID == os.Getpid(): // as while dead letters are requeued
		return errors.New(idle + ", and there is nothing to stop")
	}
	locked := &sqlite.LockedError{Path: ledgerPath(c.config()) + ".lock", Holder: h}
	if h.PID == 0 { // it has not yet written its name
		return fmt.Errorf("%s; %w", idle, locked)
	}
	return fmt.Errorf("%s; the ledger is %w with a signal there: kill %d", idle, locked, h.PID)
}

// Set changes the ceiling of the rate and the number of workers at once, until the
// next reload or restart.
func (c control) Set(rate float64, workers int) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	cfg := *c.config()
	if rate > 0 {
		cfg.Limits.Rate = rate
	}
	if workers > 0 {
		cfg.Limits.Workers = workers
	}
	if err := cfg.Limits.Check(); err != nil {
		return err
	}
	c.follow(&cfg)
	c.log.Warn("limits set by an operator", zap.Float64("rate", cfg.Limits.Rate), zap.Int("workers", cfg.Limits.Workers))
	return nil
}

// Counts reads the ledger; one that was never made is empty.
func (f ledgerFile) Counts(ctx context.Context) (c queue.Counts, err error) {
	err = readLedger(ctx, string(f), func(r *sqlite.Reader) error {
		c, err = r.Counts(ctx)
		return err
	})
	return c, err
}

// readLedger looks at the ledger at path; there is nothing to do for one that was
// never made.
func readLedger(ctx context.Context, path string, look func(*sqlite.Reader) error) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, err := sqlite.OpenReader(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(look(r), r.Close())
}
