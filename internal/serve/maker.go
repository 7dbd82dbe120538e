package serve

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/metrics"
	"cleaner/internal/outfile"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
	"cleaner/internal/worker"
)

// maker makes passes, one at a time.
type maker struct {
	deps     *Deps
	state    *state
	outcomes *outcomes
	ticks    *ticks
	sending  context.Context // its end aborts a pass
	abort    func(error)     // ends the process: a pass has panicked
	leave    func()          // shows that the pass that was made last is over; nil before that

	holding sync.Mutex // held by who opens the ledger: a pass, or a requeue between two
}

// make makes one pass. It ends early when ctx does, which is a signal or a
// later tick that takes its place, and when an operator says stop.
func (m *maker) make(ctx context.Context, t schedule.Tick) error {
	m.holding.Lock()
	defer m.holding.Unlock()
	taking, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(asStop(context.Cause(ctx))) })()
	live := &livePass{tick: t, taking: taking, stop: stop, began: time.Now()}
	cfg := m.state.enter(live)
	out := m.sinks(cfg, m.deps.Log.With(zap.Time("pass", live.began.UTC())))
	out.Span = m.deps.Tracer.Start(string(t.Reason))
	taken := &spool{dir: cfg.Inputs.Spool, log: out.Log}
	report, err := m.run(taking, cfg, live, taken, out)
	err = out.HandOver(ctx, &report, err)
	m.leave = func() { m.state.leave(live, &report) }
	if crashed(err) {
		m.abort(err)
		return err
	}
	m.remember(&report)
	taken.report(&report)
	m.deps.Log.Info(report.Summary())
	return err
}

// ended shows that a pass is over. That is when the next one may begin, so that nobody who
// sees it is told that a pass is under way.
func (m *maker) ended() {
	if m.leave != nil {
		m.leave()
	}
}

// remember keeps when a pass succeeded, or did all that was to do, so that a restart does
// not lose it.
func (m *maker) remember(r *pass.Report) {
	if r.ExitCode == exitcode.OK {
		warn(m.deps.Log, "a success is not remembered", m.ticks.honour(successKey, r.FinishedAt))
	}
	if metrics.Finished(r.ExitCode) {
		warn(m.deps.Log, "the end of a pass is not remembered", m.ticks.honour(finishedKey, r.FinishedAt))
	}
}

// onLedger has do change the ledger, between two passes or during one. It waits for a
// moment when the ledger is not free.
func (m *maker) onLedger(ctx context.Context, command string, do func(queue.Ledger) error) error {
	return retryWhileBusy(ctx, func() error {
		return m.lend(ctx, command, do, func(l *livePass) error { return l.Change(do) })
	})
}

// lend has do work on the ledger between two passes, or within work on that of the pass
// under way. When neither can be now, its error is one of those that isBusy knows.
func (m *maker) lend(ctx context.Context, command string, do func(queue.Ledger) error, within func(*livePass) error) error {
	if m.holding.TryLock() {
		defer m.holding.Unlock()
		if err := m.state.ledgerGone(); err != nil {
			return err
		}
		return onLedger(ctx, m.state.config(), command, m.deps.Log, do)
	}
	l := m.state.underWay()
	if l == nil {
		return pass.ErrHeld
	}
	return within(l)
}

// How long a change waits for the ledger, and how long between two tries.
const (
	ledgerPatience = 10 * time.Second
	ledgerRetry    = 100 * time.Millisecond
)

// retryWhileBusy calls lend until the ledger is free, for a limited time.
func retryWhileBusy(ctx context.Context, lend func() error) error {
	for began := time.Now(); ; {
		err := lend()
		if !isBusy(err) || time.Since(began) >= ledgerPatience {
			return err
		}
		select {
		case <-time.After(ledgerRetry):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// isBusy reports whether err goes away by itself.
func isBusy(err error) bool {
	_, locked := errors.AsType[*queue.LockedError](err)
	return locked || errors.Is(err, pass.ErrHeld) || errors.Is(err, pass.ErrNoRoom)
}

// run makes the pass of a configuration over its files and those of the spool.
func (m *maker) run(taking context.Context, cfg *config.Config, live *livePass, taken *spool, out pass.Sinks) (pass.Report, error) {
	spec, err := assemble.Spec(cfg)
	if err != nil {
		return pass.Report{}, err // the configuration's rules have refused it already
	}
	file := func(path string) pass.File {
		return m.deps.Process.File(cfg, path, assemble.Reading{}, assemble.Ledger(cfg).Rejects())
	}
	for _, path := range assemble.Standing(cfg) {
		spec.Inputs = append(spec.Inputs, file(path))
	}
	spec.Inputs = append(spec.Inputs, taken.inputs(taking, file)...)
	spec.Tolerant, spec.Results, spec.Trigger = true, cfg.Output.Results, triggerOf(live.tick)
	spec.IgnorePause = live.tick.Reason == schedule.Manual // whoever asks for a pass wants one
	d := m.deps.Process.Deps(cfg, "serve", out.Log)
	d.Observers = pass.Observers{Metrics: out.Metrics, Span: out.Span, Outcomes: m.outcomes.count}
	d.Live, d.Code = &live.Live, m.deps.Code
	d.Open = waitingOpener{taking, out.Log, m.unlessGone(d.Open)}.open
	return pass.Run(taking, m.sending, d, spec)
}

// sinks are where the results of a pass of serve go.
func (m *maker) sinks(cfg *config.Config, log *zap.Logger) pass.Sinks {
	o := pass.Sinks{
		Code: m.deps.Code, Metrics: m.deps.Metrics, Pushgateway: cfg.Metrics.Pushgateway, Textfile: cfg.Metrics.Textfile,
		Grouping: assemble.Group(cfg), Log: log,
	}
	if path := cfg.Output.Report; path != "" {
		o.Report = func(write func(io.Writer) error) error { return outfile.Write(path, write) }
	}
	return o
}

// crashed reports whether err comes from a panic.
func crashed(err error) bool {
	_, ok := errors.AsType[*worker.Crash](err)
	return ok
}

// asStop makes a stop of the cause that ended a context.
func asStop(cause error) error {
	if _, ok := errors.AsType[*worker.Stop](cause); ok {
		return cause
	}
	return &worker.Stop{Kind: worker.StopSignal, Why: cause.Error()}
}
