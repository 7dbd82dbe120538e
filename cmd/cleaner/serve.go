package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/daemon"
	"cleaner/internal/metrics"
	"cleaner/internal/schedule"
	"cleaner/internal/trace"
)

func newServe(a *app) *cobra.Command {
	return a.withConfig(&cobra.Command{
		Use:   "serve --config F",
		Short: "Make passes on a schedule, and be watched and steered",
		Long: `serve makes a pass whenever the configuration's schedule says so, one at a time. It
can be watched at listen.address (metrics, health, status, a page to look at) and
steered there or over listen.socket. The first SIGTERM or SIGINT lets the pass under
way drain and ends with exit code 0, the second aborts it. SIGHUP reads the
configuration again: schedules, rate, workers, protect list and log level hold at
once, the rest from the next pass on; listen, queue.url, traces and log.format need a
restart.`,
		Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) }),
	})
}

// server is the serve command at work.
type server struct {
	app     *app
	log     *zap.Logger
	level   zap.AtomicLevel // of log
	metrics *metrics.Metrics
	runner  *schedule.Runner
	tracer  *trace.Tracer // nil when nobody asked
	ticks   *ticks
	notify  daemon.Notifier
	history daemon.History
	started time.Time
	sending context.Context // a second signal ends it
	fall    func(error)     // ends the process: a pass has panicked
	granted time.Duration   // how long systemd lets it stand still; zero when systemd does not watch

	changing sync.Mutex // one change of the configuration at a time
	holding  sync.Mutex // held by who opens the ledger: a pass, or a requeue between two

	mu       sync.Mutex // guards what follows
	cfg      *config.Config
	live     *livePass                // nil when none is under way
	passes   []daemon.Ended           // the latest first
	ends     map[daemon.Outcome]int64 // how many IDs ended so, by state and code
	draining bool
	alert    string // what is wrong with the last reload; empty when nothing is
}

// serve makes passes until a signal ends it.
func (a *app) serve(ctx context.Context) error {
	cfg, err := a.config(a.rules()...)
	if err != nil {
		return err
	}
	if len(cfg.Schedule) == 0 {
		return &failure{code: exitUsage, err: errors.New("schedule is empty: serve needs at least one, or use run")}
	}
	taking, sending, done := stopping(ctx, a.stderr, syscall.SIGTERM, syscall.SIGINT)
	defer done()
	level := zap.NewAtomicLevelAt(levelOf(cfg.Log))
	s := &server{
		app: &app{env: a.env, stdin: strings.NewReader(""), stdout: io.Discard, stderr: a.stderr, configPath: a.configPath, fault: a.fault},
		log: newLogAt(level, cfg.Log.Format, a.stderr), level: level, metrics: metrics.New(version, revision()),
		started: time.Now(), sending: sending, cfg: cfg, ends: map[daemon.Outcome]int64{},
	}
	if s.granted, err = s.notify.Granted(); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	if err := s.plan(cfg); err != nil {
		return err
	}
	if s.tracer, err = newTracer(ctx, cfg.Traces, a.env, s.log, s.metrics); err != nil {
		return err
	}
	defer closeTracer(ctx, s.tracer, s.log)
	return s.run(taking)
}

// plan makes the runner of the schedules.
func (s *server) plan(cfg *config.Config) (err error) {
	if s.ticks, err = openTicks(ledgerPath(cfg) + ".schedule.json"); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	jobs, err := s.jobs(cfg)
	if err != nil {
		return err
	}
	s.metrics.RestoreSuccess(s.ticks.last(successKey))
	s.runner, err = schedule.New(schedule.Config{Instance: host, Jobs: jobs, Pass: s.makePass, Ticked: s.ticked, Observe: s.observe})
	if err == nil {
		s.showNext()
		s.showPeriod(jobs)
	}
	return err
}

// run listens, says that it is ready, and makes passes until taking ends or one of
// them panics: after that nothing in this process can be relied on, the ledger's
// lock included, and whoever started it starts another.
func (s *server) run(taking context.Context) error {
	taking, s.fall = context.WithCancelCause(taking)
	defer s.fall(nil)
	hangups := make(chan os.Signal, 1) // from before anybody can see that it serves: unheeded, it would kill
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	admin, err := daemon.Listen(taking, s.adminOptions())
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	leave := s.metrics.WatchLedger(ledgerFile(ledgerPath(s.config())))
	defer leave()
	watched, unwatch := context.WithCancel(context.WithoutCancel(taking))
	var crew sync.WaitGroup
	crew.Go(func() { s.warn("the admin server has ended", admin.Serve(watched)) })
	crew.Go(func() { s.warn("the watchdog is not fed", s.notify.Watchdog(watched, s.progressing)) })
	crew.Go(func() { s.sample(watched) })
	crew.Go(func() { s.reloadOnHangup(watched, hangups) })
	s.log.Info("serving", zap.String("address", admin.Addr()), zap.String("socket", s.config().Listen.Socket))
	s.warn("systemd is not told", s.notify.Ready())
	s.tellStatus()
	context.AfterFunc(taking, s.drain)
	err = s.runner.Run(taking)
	unwatch()
	crew.Wait()
	s.log.Info("ended")
	if cause := context.Cause(taking); crashed(cause) {
		return cause
	}
	return err
}

// drain tells everybody that the end is near.
func (s *server) drain() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.log.Info("stopping: the pass under way drains", zap.Error(context.Cause(s.sending)))
	s.warn("systemd is not told", s.notify.Stopping())
}

// warn logs err, unless it is nil or the natural end of something.
func (s *server) warn(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Warn(what, zap.Error(err))
	}
}

// config returns the configuration for what begins now.
func (s *server) config() *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg
}

// reloadOnHangup reads the configuration at every SIGHUP.
func (s *server) reloadOnHangup(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-hangups:
			s.reload()
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the configuration, and has the pass under way and those that
// follow heed it. One that is invalid, or that asks for what needs a restart,
// leaves the old one in place.
func (s *server) reload() {
	s.warn("systemd is not told", s.notify.Reloading())
	defer func() { s.warn("systemd is not told", s.notify.Ready()) }()
	s.changing.Lock()
	defer s.changing.Unlock()
	cfg, err := s.app.config(s.app.rules()...)
	if err == nil {
		err = sameFrame(s.config(), cfg)
	}
	if err == nil {
		err = s.reschedule(cfg)
	}
	s.metrics.ConfigReloaded(err == nil)
	if err != nil {
		s.setAlert("The configuration was not reloaded: " + err.Error())
		s.log.Error("configuration not reloaded, the old one stays", zap.Error(err))
		return
	}
	s.level.SetLevel(levelOf(cfg.Log))
	s.setAlert("")
	s.follow(cfg)
	s.tellStatus()
	s.log.Info("configuration reloaded", zap.String("file", s.app.configPath))
}

// follow puts cfg in force, also for the pass under way.
func (s *server) follow(cfg *config.Config) {
	s.mu.Lock()
	s.cfg = cfg
	live := s.live
	s.mu.Unlock()
	if live != nil {
		live.tune()
	}
}

func (s *server) setAlert(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alert = text
}

// sameFrame returns an error when a new configuration differs in what only a
// restart can change.
func sameFrame(old, cfg *config.Config) error {
	for _, key := range []struct {
		name     string
		old, now any
	}{
		{"listen", old.Listen, cfg.Listen},
		{"queue.url", old.Queue.URL, cfg.Queue.URL},
		{"log.format", old.Log.Format, cfg.Log.Format},
		{"traces", old.Traces, cfg.Traces},
	} {
		if fmt.Sprint(key.old) != fmt.Sprint(key.now) {
			return fmt.Errorf("%s has changed: restart to use it", key.name)
		}
	}
	return nil
}
