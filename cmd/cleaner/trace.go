package main

import (
	"context"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/trace"
)

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
