package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/prompt"
	"cleaner/internal/serve"
	"cleaner/internal/terminal"
)

func newServe(a *app) *cobra.Command {
	cmd := a.withConfig(&cobra.Command{
		Use:   "serve",
		Short: "Make passes on a schedule, with metrics, a status page and control",
		Long: `serve makes a pass whenever the configuration's schedule says so, one at a time. It
can be watched at listen.address (metrics, health, status, a page to look at) and
steered there or over listen.socket. The first SIGTERM or SIGINT lets the pass under
way drain and ends with exit code 0, the second aborts it. SIGHUP reads the
configuration again: schedules, rate, workers, protect list and log level hold at
once, the rest from the next pass on; listen, queue.url, traces and log.format need a
restart.`,
		Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) }),
	})
	a.common.AddLimits(cmd)
	return cmd
}

// serve makes passes until a signal ends it.
func (a *app) serve(ctx context.Context) error {
	a.stderr.OutliveReaders()
	p := a.process()
	p.Stdin = strings.NewReader("") // no input of serve is it
	load := func() (*config.Config, error) {
		cfg, err := a.config(p.AllRules()...)
		p.ConfigPath = a.common.Config
		return cfg, err
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	taking, sending, done := stopping(ctx, a.stderr, syscall.SIGTERM, syscall.SIGINT)
	defer done()
	level := zap.NewAtomicLevelAt(terminal.Level(cfg.Log.Level))
	log := a.newLog(cfg.Log, level)
	m := metrics.New(version, revision())
	warnOutdated(log, cfg)
	tracer, err := a.newTracer(ctx, cfg.Traces, log, m)
	if err != nil {
		return err
	}
	defer tracer.Close(ctx)
	hangups := make(chan os.Signal, 1) // from before anybody can see that it serves: one that nobody receives ends the process
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	return serve.Run(taking, sending, cfg, serve.Deps{
		Process: p, Load: load, Code: codeOfReport, Log: log, Metrics: m, Tracer: tracer, Hangups: hangups, Listen: a.listen,
		Follow: func(cfg *config.Config) {
			level.SetLevel(terminal.Level(cfg.Log.Level))
			warnOutdated(log, cfg)
		},
	})
}
