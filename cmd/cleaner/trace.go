package main

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/trace"
	"cleaner/internal/worker"
)

// newTracer returns the tracer that is configured; nil when none is. A collector
// that does not answer is no failure of anything: the first time is logged, and
// each is counted.
func newTracer(ctx context.Context, c config.Traces, env func(string) string, log *zap.Logger, m *metrics.Metrics) (*trace.Tracer, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	hide := hider(env("OTEL_EXPORTER_OTLP_HEADERS"), env("OTEL_EXPORTER_OTLP_TRACES_HEADERS"))
	var once sync.Once
	t, err := trace.New(ctx, trace.Options{
		Endpoint: c.Endpoint, Share: c.Share, Version: version,
		Failed: func(err error) {
			if m != nil {
				m.TracesFailed()
			}
			once.Do(func() {
				log.Warn("spans are lost, and this is not said again", zap.String("error", hide.Replace(err.Error())))
			})
		},
	})
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	return t, nil
}

// hider hides the values of OTLP headers, written as in key=value,key=value, in
// what a collector says.
func hider(headers ...string) *strings.Replacer {
	var pairs []string
	for header := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		_, value, _ := strings.Cut(header, "=")
		for _, v := range []string{strings.TrimSpace(value), unescaped(value)} {
			if v != "" {
				pairs = append(pairs, v, "***")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

func unescaped(value string) string {
	plain, err := url.PathUnescape(value)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(plain)
}

// trace has the span of the pass tell of its requests; without one, nothing is
// added to them.
func (p *pass) trace(o *worker.Options) {
	if p.span == nil {
		return
	}
	measured := o.Observe
	o.Observe = func(e worker.Exchange) {
		if measured != nil {
			measured(e)
		}
		p.span.Observe(e)
	}
}

// startTracing begins the span of a pass of its own. A rehearsal has none.
func (p *pass) startTracing(ctx context.Context) (err error) {
	if p.flags.dryRun {
		return nil
	}
	p.tracer, err = newTracer(ctx, p.cfg.Traces, p.app.env, p.log, p.metrics)
	p.span = p.tracer.Start("run")
	return err
}

// endTracing ends the span of the pass with what its report says, and exports what
// is left if nobody else will.
func (p *pass) endTracing(ctx context.Context) {
	r := &p.report
	p.span.End(trace.Result{
		Deleted: r.Deleted, Gone: r.Gone, Protected: r.Protected, Dead: r.Dead, Pending: r.Pending, Requests: r.Requests,
		ExitCode: r.ExitCode, StoppedBy: r.StoppedBy, Reason: r.Reason,
	})
	closeTracer(ctx, p.tracer, p.log)
}

// closeTracer exports what is left.
func closeTracer(ctx context.Context, t *trace.Tracer, log *zap.Logger) {
	if lost := t.Close(ctx); lost > 0 {
		log.Warn("spans were lost", zap.Int64("spans", lost))
	}
}
