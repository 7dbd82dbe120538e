package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// pass is one run of the run command.
type pass struct {
	app    *app
	cfg    *config.Config
	flags  runFlags
	log    *zap.Logger
	guard  worker.Guard // nil protects nothing
	report report.Report
	began  bool  // the ledger was read; the report's numbers mean something
	aside  int64 // IDs that became dead letters when the ledger was opened
}

// make reads the configuration, opens the ledger, loads, drains and closes.
func (p *pass) make(ctx context.Context) (err error) {
	if p.flags.maxDeletes < 0 || p.flags.maxDuration < 0 {
		return &failure{code: exitUsage, err: errors.New("--max-deletes and --max-duration must not be negative")}
	}
	if p.cfg, err = p.app.config(); err != nil {
		return err
	}
	p.log = newLog(p.cfg.Log, p.app.stderr)
	p.guard = newGuard(p.cfg.Safety.ProtectFile)
	taking, sending, done := stopping(ctx, p.app.stderr)
	defer done()
	if p.flags.maxDuration > 0 {
		box := &worker.Stop{Kind: worker.StopMaxDuration, Why: fmt.Sprintf("the pass took %v", p.flags.maxDuration)}
		var cancel context.CancelFunc
		taking, cancel = context.WithTimeoutCause(taking, p.flags.maxDuration, box)
		defer cancel()
	}
	q, err := openLedger(ctx, p.cfg, sqlite.Options{Rehearse: p.flags.dryRun, Command: "run"})
	if err != nil {
		return err
	}
	return errors.Join(p.withLedger(taking, sending, q), q.Close())
}

// withLedger loads the inputs, drains the queue and balances the numbers. The
// ledger is asked for them however impatiently the pass was stopped.
func (p *pass) withLedger(taking, sending context.Context, q *sqlite.Ledger) error {
	steady := context.WithoutCancel(sending)
	before, err := p.ready(steady, q)
	if err != nil {
		return err
	}
	p.began = true
	loadErr := p.load(taking, q)
	p.report.Loaded += before.Pending
	drainErr := loadErr
	if loadErr == nil {
		drainErr = p.drain(taking, sending, q)
	}
	p.report.Dead += p.aside
	err = errors.Join(drainErr, p.balance(steady, q, before))
	if r := &p.report; err == nil && r.StoppedBy == "" && r.Pending > 0 && !r.DryRun {
		r.StoppedBy, r.Reason = string(worker.StopLater), "what is left is due after this pass"
	}
	return err
}

// ready makes sure that the ledger can be worked with, and returns what it holds,
// as it was before it was opened: what opening it set aside is of this pass.
func (p *pass) ready(ctx context.Context, q *sqlite.Ledger) (before queue.Counts, err error) {
	if err := q.Check(ctx); err != nil {
		return before, err
	}
	if !p.flags.dryRun {
		if err := completeResults(ctx, q, p.log); err != nil {
			return before, err
		}
	}
	if _, err := q.Forget(ctx, p.cfg.Queue.Remember); err != nil {
		return before, err
	}
	if before, err = q.Counts(ctx); err != nil {
		return before, err
	}
	for _, o := range q.Aside() {
		p.log.Warn("dead letter", zap.String("task", o.Delivery.ID), zap.String("code", o.Code), zap.String("reason", o.Reason))
		p.aside++
	}
	before.Pending += p.aside
	before.Dead -= p.aside
	return before, nil
}

// load brings all inputs in before the first DELETE: an input that is refused
// stops the pass while nothing has been sent.
func (p *pass) load(taking context.Context, q *sqlite.Ledger) error {
	for _, path := range p.flags.ids {
		l, err := p.app.load(taking, p.cfg, q, path, p.rejects())
		p.report.Loaded += l.New
		p.report.Duplicates += l.Duplicates
		p.report.Rejected += l.rejected
		if err != nil {
			return err
		}
		p.log.Info("loaded", zap.String("source", path), zap.String("batch", l.batch), zap.Int64("new", l.New),
			zap.Int64("duplicates", l.Duplicates), zap.Int64("rejected", l.rejected))
	}
	return nil
}

// drain makes the worker's pass over what is pending, unless a cap forbids it.
func (p *pass) drain(taking, sending context.Context, q *sqlite.Ledger) error {
	pending := p.report.Loaded - p.aside
	if pending == 0 {
		p.log.Info("nothing to do")
		return nil
	}
	over, err := p.overCap(taking, q, pending)
	if err != nil {
		return err
	}
	if over != nil && !p.flags.dryRun {
		p.report.Add(worker.Pass{Stop: *over})
		return nil
	}
	t, err := p.newTeller(pending)
	if err != nil {
		return err
	}
	if err := p.begin(taking, q); err != nil {
		return errors.Join(err, t.close())
	}
	s, err := p.farSide()
	if err != nil {
		return errors.Join(err, t.close())
	}
	defer s.Close()
	table, err := tableOf(p.cfg)
	if err != nil {
		return errors.Join(err, t.close())
	}
	w := worker.New(worker.Options{
		Queue:   q,
		Service: s,
		Guard:   p.guard,
		Table:   table,
		Retry:   retryOf(p.cfg),
		Pace:    p.pace(),
		Workers: p.cfg.Limits.Workers,
		Grace:   p.cfg.Limits.Grace,
		Budget:  p.flags.maxDeletes,
		Canary:  p.cfg.Safety.Canary,
		Shares:  sharesOf(p.cfg.Safety),
		Tell:    t.tell,
		Jitter:  rand.Float64,

		BreakerChanged: func(b policy.BreakerState) { p.noteBreaker(context.WithoutCancel(taking), q, b) },
	})
	stopShowing := t.show(w.Snapshot)
	done, err := w.Run(taking, sending)
	stopShowing()
	if over != nil && err == nil && (done.Stop.Kind == worker.StopNone || done.Stop.Kind == worker.StopMaxDeletes) {
		done.Stop = *over // what a real pass would have been stopped by
	}
	p.report.Add(done)
	p.report.WouldDelete = t.rehearsed
	p.report.Logins = s.Logins()
	if err = errors.Join(err, s.Failed(), t.close()); err != nil || p.flags.dryRun {
		return err
	}
	return q.End(context.WithoutCancel(taking))
}

// overCap returns the stop of a pass that would set out to delete more than the
// cap allows, what is protected left out. A dry run goes on and tells of it at
// the end.
func (p *pass) overCap(ctx context.Context, q *sqlite.Ledger, pending int64) (*worker.Stop, error) {
	limit := policy.Cap{Max: p.cfg.Safety.MaxDeletes}
	if p.flags.maxDeletes > 0 {
		pending = min(pending, p.flags.maxDeletes)
	}
	if limit.Admit(pending) == nil {
		return nil, nil
	}
	if p.flags.maxDeletes == 0 {
		protected, err := p.protected(ctx, q)
		if err != nil {
			return nil, err
		}
		pending -= protected
	}
	err := limit.Admit(pending)
	if err == nil {
		return nil, nil
	}
	p.log.Error("over the cap: nothing is deleted", zap.Error(err))
	return &worker.Stop{Kind: worker.StopCap, Why: err.Error()}, nil
}

// protected counts the pending IDs that a rule protects.
func (p *pass) protected(ctx context.Context, q *sqlite.Ledger) (n int64, err error) {
	if p.guard == nil {
		return 0, nil
	}
	for id, err := range q.Pending(ctx) {
		if err != nil {
			return 0, err
		}
		_, protected, err := p.guard.Protects(id)
		if err != nil {
			return 0, &failure{code: exitBelt, err: err}
		}
		if protected {
			n++
		}
	}
	return n, nil
}

// balance checks the ledger and the report against each other.
func (p *pass) balance(ctx context.Context, q *sqlite.Ledger, before queue.Counts) error {
	if err := q.Check(ctx); err != nil {
		return err
	}
	after, err := q.Counts(ctx)
	if err != nil {
		return err
	}
	p.report.Pending = after.Pending
	p.report.Ledger = report.LedgerOf(after)
	return p.report.Balance(before, after)
}
