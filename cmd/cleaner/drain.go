package main

import (
	"context"
	"errors"
	"math/rand/v2"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/worker"
)

// drain makes the worker's pass over what is pending, unless a cap forbids it.
func (p *pass) drain(taking, sending context.Context, q *sqlite.Ledger) error {
	pending := p.setOut()
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
	table, err := tableOf(p.cfg)
	if err != nil {
		return err
	}
	s, err := p.farSide()
	if err != nil {
		return err
	}
	defer s.Close()
	p.far, p.workers = s, p.cfg.Limits.Workers
	t, err := p.newTeller(pending)
	if err != nil {
		return err
	}
	o := p.options(q, s, t)
	o.Table = table
	err = p.work(taking, sending, q, o, t)
	if over != nil && err == nil && (p.report.StoppedBy == "" || p.report.StoppedBy == string(worker.StopMaxDeletes)) {
		p.report.StoppedBy, p.report.Reason = string(over.Kind), over.Why // what a real pass would have been stopped by
	}
	p.report.WouldDelete, p.report.Logins = t.rehearsed, s.Logins()
	if err = errors.Join(err, s.Failed(), t.close()); err != nil || p.flags.dryRun {
		return err
	}
	return q.End(context.WithoutCancel(taking))
}

// options are what the worker is made of, but for its table.
func (p *pass) options(q *sqlite.Ledger, s farSide, t *teller) worker.Options {
	return worker.Options{
		Queue:   q,
		Service: s,
		Guard:   &p.guard,
		Retry:   retryOf(p.cfg),
		Pace:    p.pace(),
		Workers: p.cfg.Limits.Workers,
		Grace:   p.cfg.Limits.Grace,
		Budget:  p.flags.maxDeletes,
		Canary:  p.cfg.Safety.Canary,
		Shares:  sharesOf(p.cfg.Safety),
		Tell:    p.telling(t),
		Jitter:  rand.Float64,

		BreakerChanged: func(b policy.BreakerState) { p.noteBreaker(context.Background(), q, b) },
	}
}

// telling tells all who want to know, the teller last: it alone may fail.
func (p *pass) telling(t *teller) func([]queue.Outcome) error {
	return func(outcomes []queue.Outcome) error {
		if p.told != nil {
			p.told(outcomes)
		}
		return t.tell(outcomes)
	}
}

// work sets aside what killed earlier processes, and has the worker do the rest.
func (p *pass) work(taking, sending context.Context, q *sqlite.Ledger, o worker.Options, t *teller) error {
	if err := p.begin(context.WithoutCancel(taking), q); err != nil { // a stop is the worker's to tell
		return err
	}
	p.measure(&o)
	p.trace(&o)
	p.watchHoldups(&o)
	aside, err := q.SetAside(context.WithoutCancel(taking))
	p.aside = int64(len(aside))
	if err == nil && len(aside) > 0 && !p.flags.dryRun {
		err = o.Tell(aside)
	}
	if err != nil {
		return err
	}
	if p.app.fault != nil {
		p.app.fault(&o)
	}
	w := worker.New(o)
	p.pacing.Store(o.Pace)
	p.worker.Store(w)
	p.tune()
	stopShowing := t.show(w.Snapshot, func() { p.noteHoldup(context.WithoutCancel(taking), q) })
	p.working.Store(true)
	done, err := w.Run(taking, sending)
	p.pulse.beat()
	p.working.Store(false)
	stopShowing()
	p.report.Add(done)
	return err
}

// overCap returns the stop of a pass that would set out to delete more than the
// cap allows, what is protected left out, or that was stopped while that was
// counted. A dry run goes on and tells of it at the end.
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
		if stop, ok := stopIn(err); ok {
			return stop, nil
		}
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
	if p.guard.file.Load() == nil {
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
