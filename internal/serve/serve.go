// Package serve makes passes on a schedule until it is stopped, and lets operators
// watch and steer them. Files of the spool are loaded by the pass that finds them, and
// the configuration can be read again at any time, also during a pass.
//
// Run is the whole of it. The maker makes each pass, the timetable says when, state is
// where serve stands, settings change the configuration in force, and view and control
// are the two sides of the admin server.
package serve

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
)

// Run makes passes on the schedule of cfg until taking ends: then the pass under way
// drains, until sending ends too. It returns a StartError if it could not start, and the
// crash if a pass has panicked: after that nothing in this process can be relied on, the
// ledger's lock included, and whoever started it starts another.
func Run(taking, sending context.Context, cfg *config.Config, d Deps) error {
	if len(cfg.Schedule) == 0 {
		return &StartError{errors.New("schedule is empty: serve needs at least one, or use run")}
	}
	s, err := newServer(sending, cfg, &d)
	if err != nil {
		return err
	}
	return s.run(taking)
}

// server is serve at work.
type server struct {
	deps     *Deps
	state    *state
	maker    *maker
	times    *timetable
	settings *settings
	pauses   *pauses
	view     *view
	systemd  *systemd
	feeds    *feeds
}

// newServer puts serve together.
func newServer(sending context.Context, cfg *config.Config, d *Deps) (s *server, err error) {
	s = &server{deps: d, state: &state{cfg: cfg}}
	s.systemd = &systemd{log: d.Log, state: s.state}
	watchdog, err := s.systemd.WatchdogInterval()
	if err != nil {
		return nil, &StartError{err}
	}
	ticks, err := openTicks(assemble.Ledger(cfg).Schedule())
	if err != nil {
		return nil, err
	}
	ends := &outcomes{counts: map[admin.Outcome]int64{}}
	s.maker = &maker{deps: d, state: s.state, outcomes: ends, ticks: ticks, sending: sending}
	if s.times, err = newTimetable(cfg, d, ticks, s.pass, s.maker.ended); err != nil {
		return nil, err
	}
	s.systemd.runner = s.times.runner
	s.pauses = &pauses{runner: s.times.runner, log: d.Log, now: time.Now, forget: func(ctx context.Context, now time.Time) error {
		return s.maker.onLedger(ctx, "resume", func(q queue.Ledger) error { return knowledge.EndPauseOver(ctx, q, now) })
	}}
	s.feeds = &feeds{deps: d, to: sharedLedger{state: s.state, maker: s.maker}}
	s.settings = &settings{deps: d, state: s.state, times: s.times, systemd: s.systemd, feeds: s.feeds}
	s.view = &view{state: s.state, archive: archive{s.state}, outcomes: ends, feeds: s.feeds, runner: s.times.runner, version: d.Process.Version, started: s.times.started, watchdog: watchdog}
	return s, nil
}

// pass makes a pass, and tells systemd of its end.
func (s *server) pass(ctx context.Context, t schedule.Tick) error {
	defer s.systemd.tellStatus()
	return s.maker.make(ctx, t)
}

// run opens the ledger once, listens, says that it is ready, and makes passes until
// taking ends or one of them panics.
func (s *server) run(taking context.Context) error {
	taking, abort := context.WithCancelCause(taking)
	defer abort(nil)
	s.maker.abort = abort
	if err := s.maker.tryLedger(taking); err != nil {
		return err
	}
	web, err := s.deps.listen(taking, s.adminOptions())
	if err != nil {
		return &StartError{err}
	}
	log, cfg := s.deps.Log, s.state.config()
	if err := s.pauses.recall(taking, cfg); err != nil {
		return err
	}
	s.state.recall(s.view.archive.lastSamples(taking))
	defer s.pauses.stop()
	s.deps.Metrics.SetBounds(cfg.Limits.Rate, cfg.Safety.RefuseAbove)
	leave := s.deps.Metrics.WatchLedger(idleLedger{assemble.Ledger(cfg)})
	defer leave()
	watched, unwatch := context.WithCancel(context.WithoutCancel(taking))
	var background sync.WaitGroup
	background.Go(func() { warn(log, "the admin server has ended", web.Serve(watched)) })
	background.Go(func() { warn(log, "the watchdog is not fed", s.systemd.Watchdog(watched, s.view.progressing)) })
	background.Go(func() { s.tell(watched) })
	background.Go(func() { s.settings.reloadOn(watched, taking, s.deps.Hangups) })
	log.Info("serving", zap.String("address", web.Addr()), zap.String("socket", cfg.Listen.Socket))
	s.systemd.ready()
	s.systemd.tellStatus()
	context.AfterFunc(taking, s.drain)
	s.feeds.start(taking, cfg)
	err = s.times.runner.Run(taking)
	s.feeds.halt()
	unwatch()
	background.Wait()
	log.Info("ended")
	if cause := context.Cause(taking); crashed(cause) {
		return cause
	}
	return err
}

// drain shows that the end is near.
func (s *server) drain() {
	s.state.drain()
	s.deps.Log.Info("stopping: the pass under way drains", zap.Error(context.Cause(s.maker.sending)))
	s.systemd.stopping()
}

// tell tells systemd every ten seconds how far it is.
func (s *server) tell(ctx context.Context) {
	const every = 10 * time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.systemd.tellStatus()
	}
}

// adminOptions are what the admin server is made of.
func (s *server) adminOptions() admin.Options {
	l, d := s.state.config().Listen, s.deps
	at := assemble.Listeners(l)
	at.Ledger = assemble.Ledger(s.state.config()).Path()
	return admin.Options{
		Listeners: at,
		Profiling: l.Pprof, Log: d.Log, Metrics: d.Metrics.Handler(), Status: s.view.status, Ready: s.view.ready, Alive: s.view.alive,
		Archive: s.view.archive, Control: s.control(), Token: assemble.ControlToken(assemble.TokenPath(l, d.Process.Env)),
	}
}

// control is what an operator may do.
func (s *server) control() control {
	return control{state: s.state, runner: s.times.runner, settings: s.settings, maker: s.maker, pauses: s.pauses, log: s.deps.Log}
}

// warn logs err, unless it is nil or the natural end of something.
func warn(log *zap.Logger, what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Warn(what, zap.Error(err))
	}
}

// hostname names this machine for the scheduler's jitter.
func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}
