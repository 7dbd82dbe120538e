package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

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
	report report.Report
	began  bool // the ledger was read; the report's numbers mean something
}

// make opens the ledger, loads, drains and closes.
func (p *pass) make(ctx context.Context) error {
	taking, sending, done := stopping(ctx, p.app.stderr)
	defer done()
	if p.flags.maxDuration > 0 {
		box := &worker.Stop{Kind: worker.StopMaxDuration, Why: fmt.Sprintf("the pass took %v", p.flags.maxDuration)}
		var cancel context.CancelFunc
		taking, cancel = context.WithTimeoutCause(taking, p.flags.maxDuration, box)
		defer cancel()
	}
	q, err := openLedger(ctx, p.cfg, sqlite.Options{Rehearse: p.flags.dryRun})
	if err != nil {
		return err
	}
	return errors.Join(p.withLedger(taking, sending, q), q.Close())
}

// withLedger loads the inputs, drains the queue and balances the numbers.
func (p *pass) withLedger(taking, sending context.Context, q *sqlite.Ledger) error {
	if _, err := q.Forget(sending, p.cfg.Queue.Remember); err != nil {
		return err
	}
	before, err := q.Counts(sending)
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
	return errors.Join(drainErr, p.balance(sending, q, before))
}

// load brings all inputs in before the first DELETE: an input that is refused
// stops the pass while nothing has been sent.
func (p *pass) load(taking context.Context, q *sqlite.Ledger) error {
	for _, path := range p.flags.ids {
		l, err := p.app.load(taking, p.cfg, q, path)
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
	pending := p.report.Loaded
	if pending == 0 {
		p.log.Info("nothing to do")
		return nil
	}
	if stop := p.overCap(pending); stop != nil {
		p.report.Add(worker.Pass{Stop: *stop})
		return nil
	}
	t, err := p.newTeller(pending)
	if err != nil {
		return err
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
		Guard:   newGuard(p.cfg.Safety.ProtectFile),
		Table:   table,
		Retry:   retryOf(p.cfg.Retry),
		Pace:    policy.NewPace(p.cfg.Limits.Rate, p.cfg.Limits.Burst),
		Workers: p.cfg.Limits.Workers,
		Grace:   p.cfg.Limits.Grace,
		Budget:  p.flags.maxDeletes,
		Tell:    t.tell,
		Jitter:  rand.Float64,
	})
	stopShowing := t.show(w.Snapshot)
	done, err := w.Run(taking, sending)
	stopShowing()
	p.report.Add(done)
	p.report.WouldDelete = t.rehearsed
	p.report.Logins = s.Logins()
	return errors.Join(err, t.close())
}

// farSide is what the worker sends to: the service, or in a dry run nothing.
func (p *pass) farSide() (farSide, error) {
	if p.flags.dryRun {
		return rehearsal{}, nil
	}
	return newService(p.cfg, p.app.env)
}

// farSide is a worker's service that this command can count and close.
type farSide interface {
	worker.Service
	Logins() int64
	Close()
}

// overCap returns the stop of a pass that would set out to delete more than the
// cap allows. A dry run only says so.
func (p *pass) overCap(pending int64) *worker.Stop {
	planned := pending
	if p.flags.maxDeletes > 0 {
		planned = min(planned, p.flags.maxDeletes)
	}
	err := policy.Cap{Max: p.cfg.Safety.MaxDeletes}.Admit(planned)
	if err == nil {
		return nil
	}
	p.log.Error("over the cap: nothing is deleted", zap.Error(err))
	if p.flags.dryRun {
		return nil
	}
	return &worker.Stop{Kind: worker.StopCap, Why: err.Error()}
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
	if p.report.StoppedBy == "" && after.Pending > 0 && !p.report.DryRun {
		p.report.StoppedBy = string(worker.StopLater)
		p.report.Reason = "what is left is due after this pass"
	}
	return p.report.Balance(before, after)
}

// finish decides the exit code, writes the report and says how it went.
func (p *pass) finish(err error) error {
	r := &p.report
	r.FinishedAt = time.Now().UTC()
	r.ExitCode = codeOfPass(worker.StopKind(r.StoppedBy), r.Dead, r.Pending)
	if p.flags.dryRun {
		r.ExitCode = exitOK
	}
	if err != nil {
		err = asFailure(err)
		r.ExitCode = codeOf(err)
	}
	if r.Reason != "" && r.ExitCode != exitOK {
		p.log.Warn("stopped early", zap.String("by", r.StoppedBy), zap.String("reason", r.Reason))
	}
	if p.began {
		if werr := p.writeReport(); werr != nil {
			err = errors.Join(err, werr)
			r.ExitCode = exitInternal
		}
		fmt.Fprintln(p.app.stdout, r.Summary())
	}
	if err != nil || r.ExitCode != exitOK {
		return &failure{code: r.ExitCode, err: err}
	}
	return nil
}

// writeReport writes the report where it was asked for, whole or not at all.
func (p *pass) writeReport() error {
	switch p.flags.reportPath {
	case "":
		return nil
	case "-":
		return p.report.Write(p.app.stdout)
	default:
		return writeFile(p.flags.reportPath, p.report.Write)
	}
}
