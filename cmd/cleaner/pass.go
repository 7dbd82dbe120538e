package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
	"cleaner/internal/trace"
	"cleaner/internal/worker"
)

// pass is one run over what is due.
type pass struct {
	app *app
	// command is whose pass it is, run or serve, for those who find the ledger held.
	command string
	cfg     *config.Config
	flags   runFlags
	log     *zap.Logger
	guard   guard
	// metrics see what the pass does; nil when nobody asked for them.
	metrics *metrics.Metrics
	// tracer is the pass's own, and span what tells of it; nil when nobody asked.
	tracer *trace.Tracer
	span   *trace.Pass
	report report.Report
	began  bool         // the ledger was read; the report's numbers mean something
	before queue.Counts // what the ledger held then
	aside  int64        // IDs that were set aside, before anything was sent
	// inputs are those that were loaded, or refused with an error.
	inputs map[string]error
	// told sees what was settled or went back, beside the teller; nil is nobody.
	told func([]queue.Outcome)
	// tolerant lets a pass go on without an input that is refused.
	tolerant bool
	// without names the inputs that a tolerant pass went without.
	without []string

	tuning
	holdup holdup // of the worker

	// What others look at while the pass is under way; nil before and after.
	worker  atomic.Pointer[worker.Worker]
	working atomic.Bool // the worker is at work; otherwise the pulse says how it goes
	pulse   pulse
	pacing  atomic.Pointer[policy.Pace]
	total   atomic.Int64 // IDs that it sets out to settle

	requeuing sync.Mutex     // guards ledger, and changes of requeued
	ledger    *sqlite.Ledger // where dead letters may be requeued now; nil when none may
	requeued  atomic.Int64   // dead letters that became pending again in this pass
}

// make reads the configuration and runs the pass until it is over or a signal
// stops it.
func (p *pass) make(ctx context.Context) (err error) {
	if p.cfg, err = p.app.config(); err != nil {
		return err
	}
	p.log = newLog(p.cfg.Log, p.app.stderr)
	if p.cfg.Metrics != (config.Metrics{}) && !p.flags.dryRun {
		p.metrics = metrics.New(version, revision())
	}
	if err = p.settleOutputs(); err != nil {
		return err
	}
	if err = p.startTracing(ctx); err != nil {
		return err
	}
	if p.flags.maxDeletes < 0 || p.flags.maxDuration < 0 {
		return &failure{code: exitUsage, err: errors.New("--max-deletes and --max-duration must not be negative")}
	}
	if p.flags.resultsPath == "-" {
		return &failure{code: exitUsage, err: errors.New("--results -: " + resultsDash)}
	}
	taking, sending, done := stopping(ctx, p.app.stderr, endings()...)
	defer done()
	return p.run(taking, sending)
}

// run opens the ledger, loads, drains and closes.
func (p *pass) run(taking, sending context.Context) error {
	p.pulse.beat()
	p.guard.watch(p.cfg.Safety.ProtectFile)
	p.startMeasuring()
	if p.flags.maxDuration > 0 {
		box := &worker.Stop{Kind: worker.StopMaxDuration, Why: fmt.Sprintf("the pass took %v", p.flags.maxDuration)}
		var cancel context.CancelFunc
		taking, cancel = context.WithTimeoutCause(taking, p.flags.maxDuration, box)
		defer cancel()
	}
	q, err := openLedger(sending, p.cfg, sqlite.Options{Rehearse: p.flags.dryRun, Command: p.command})
	if err != nil {
		return err
	}
	err = p.withLedger(taking, sending, q)
	return errors.Join(err, q.Close())
}

// withLedger loads the inputs, drains the queue and balances the numbers. The
// ledger is asked for them however impatiently the pass was stopped.
func (p *pass) withLedger(taking, sending context.Context, q *sqlite.Ledger) error {
	steady := context.WithoutCancel(sending)
	before, err := p.ready(steady, q)
	if err != nil {
		return err
	}
	p.began, p.before = true, before
	p.admitRequeues(q)
	defer p.measureLedger(q)()
	loadErr := p.load(taking, q)
	p.report.Loaded += before.Pending
	drainErr := loadErr
	if loadErr == nil {
		drainErr = p.drain(taking, sending, q)
	}
	p.report.Dead += p.aside
	err = errors.Join(asFailure(p.balance(steady, q, before)), drainErr) // first: no stop may hide that it does not balance
	if r := &p.report; err == nil && r.StoppedBy == "" && r.Pending > 0 && !r.DryRun {
		r.StoppedBy, r.Reason = string(worker.StopLater), "what is left is due after this pass"
	}
	return err
}

// ready makes sure that the ledger can be worked with, and returns what it holds.
func (p *pass) ready(ctx context.Context, q *sqlite.Ledger) (queue.Counts, error) {
	if err := q.Check(ctx); err != nil {
		return queue.Counts{}, err
	}
	if !p.flags.dryRun {
		if err := completeResults(ctx, q, p.log); err != nil {
			return queue.Counts{}, err
		}
	}
	if _, err := q.Forget(ctx, p.cfg.Queue.Remember); err != nil {
		return queue.Counts{}, err
	}
	return q.Counts(ctx)
}

// load brings all inputs in before the first DELETE: an input that is refused
// stops the pass while nothing has been sent. A tolerant pass goes on without it,
// and ends with exit code 2 all the same.
func (p *pass) load(taking context.Context, q *sqlite.Ledger) error {
	for _, path := range p.flags.ids {
		p.pulse.beat()
		l, err := p.app.load(taking, p.cfg, q, path, p.rejects(), &p.pulse)
		p.report.Loaded += l.New
		p.report.Duplicates += l.Duplicates
		p.report.Rejected += l.rejected
		if p.inputs == nil {
			p.inputs = map[string]error{}
		}
		refused := err != nil && codeOf(err) == exitUsage // else it was not its fault, and it may be tried again
		if err == nil || refused {
			p.inputs[path] = err
		}
		if refused && p.tolerant {
			p.log.Error("input refused, nothing of it was loaded", zap.String("source", path), zap.Error(err))
			p.without = append(p.without, path)
			continue
		}
		if err != nil {
			return err
		}
		p.log.Info("loaded", zap.String("source", path), zap.String("batch", l.batch), zap.Int64("new", l.New),
			zap.Int64("duplicates", l.Duplicates), zap.Int64("rejected", l.rejected))
	}
	return nil
}

// balance checks the ledger and the report against each other.
func (p *pass) balance(ctx context.Context, q *sqlite.Ledger, before queue.Counts) error {
	requeued := p.endRequeues()
	p.report.Loaded += requeued
	before.Dead -= requeued
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
