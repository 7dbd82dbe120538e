package main

import (
	"context"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/terminal"
	"cleaner/internal/trace"
)

// newLog returns a logger. Nothing is sampled: what became of an ID is never dropped.
// The level is that of c, or another one that may change.
func (a *app) newLog(c config.Log, level ...zapcore.LevelEnabler) *zap.Logger {
	log := a.stderr.Log(append(level, terminal.Level(c.Level))[0], c.Format, a.env)
	a.libraryLog.Into(log)
	return log
}

// warnOutdated logs what may be wrong with cfg: variables that nobody reads, secrets that
// everybody can, keys that have old values, which still work, and rules of the protect list that may be mistyped.
func warnOutdated(log *zap.Logger, cfg *config.Config) {
	for _, warning := range append(config.Unread(cfg), assemble.Readable(cfg)...) {
		log.Warn(warning)
	}
	for _, key := range cfg.Outdated() {
		log.Warn("the configuration has an old value", zap.String("key", key))
	}
	for _, rule := range assemble.StrayRules(cfg) {
		log.Warn("a rule of the protect list may be mistyped", zap.String("rule", rule))
	}
}

// newTracer returns the tracer that is configured; nil when none is.
func (a *app) newTracer(ctx context.Context, c config.Traces, log *zap.Logger, m *metrics.Metrics) (*trace.Tracer, error) {
	o := trace.Options{Endpoint: c.Endpoint, Share: c.Share, Version: version, Log: log, Env: a.env}
	if m != nil {
		o.Failed = m.TracesFailed
	}
	t, err := trace.New(ctx, o)
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	return t, nil
}
