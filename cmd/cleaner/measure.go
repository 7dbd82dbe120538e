package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/api"
	"cleaner/internal/metrics"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/worker"
)

// startMeasuring tells the metrics that the pass begins. A rehearsal is none.
func (p *pass) startMeasuring() {
	if p.flags.dryRun {
		p.metrics = nil
	}
	if p.metrics != nil {
		p.metrics.StartRun(time.Now())
	}
}

// measure lets the metrics see what the worker does.
func (p *pass) measure(o *worker.Options) {
	m := p.metrics
	if m == nil {
		return
	}
	m.SetWorkers(o.Workers)
	m.WatchPace(o.Pace)
	if s, ok := o.Service.(farSide); ok {
		s.watchLogins(func(err error, took time.Duration, expiry time.Time) {
			m.Login(loginResult(err), took)
			m.SetTokenExpiry(expiry)
		})
	}
	o.Service = m.Watch(o.Service)
	o.Observe = func(e worker.Exchange) {
		m.Observe(metrics.Exchange{
			Op: metrics.Op(e.Op), Ruling: e.Ruling, Fault: e.Fault, Seen: e.Seen, Took: e.Took, Again: e.Again,
		})
	}
	tell, changed := o.Tell, o.BreakerChanged
	o.Tell = func(os []queue.Outcome) error { m.Tell(os); return tell(os) }
	o.BreakerChanged = func(b policy.BreakerState) { m.SetBreaker(b); changed(b) }
}

// measureLedger lets the metrics see the ledger, until the returned function is
// called.
func (p *pass) measureLedger(q *sqlite.Ledger) (leave func()) {
	if p.metrics == nil {
		return func() {}
	}
	return p.metrics.WatchLedger(q)
}

// loginResult is how a login ended, as the metrics count it.
func loginResult(err error) metrics.LoginResult {
	if err == nil {
		return metrics.LoginOK
	}
	if e, ok := errors.AsType[*api.Error](err); ok && e.Fault == api.FaultRefused {
		return metrics.LoginRefused
	}
	return metrics.LoginFailed
}

// handOver ends the measuring, and leaves the metrics where somebody finds them
// who comes when the process is gone. What goes wrong with that is no failure of
// the pass.
func (p *pass) handOver(ctx context.Context) {
	if p.metrics == nil {
		return
	}
	p.metrics.EndRun(time.Now(), metrics.ResultOf(p.report.ExitCode), worker.StopKind(p.report.StoppedBy))
	if url := p.cfg.Metrics.Pushgateway; url != "" {
		if err := p.metrics.Push(context.WithoutCancel(ctx), url, nil); err != nil {
			p.log.Warn("the metrics of this pass are not at the Pushgateway", zap.Error(err))
		}
	}
	if path := p.cfg.Metrics.Textfile; path != "" {
		if err := p.metrics.WriteTextfile(path, nil); err != nil {
			p.log.Warn("the metrics of this pass are not in the textfile", zap.Error(err))
		}
	}
}
