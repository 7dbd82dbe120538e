package pass

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/knowledge"
	"cleaner/internal/pace"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// drain has the worker settle what is pending.
func (p *pass) drain(taking, sending context.Context) error {
	s, err := p.Dial()
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := newRecorder(p.Log, p.Results, p.records)
	if err != nil {
		return err
	}
	p.recorded = false
	err = p.settle(taking, sending, s, r)
	p.book.served(s.Logins(), r.pending)
	head, closing := r.close()
	p.book.results(head)
	err = errors.Join(err, closing)
	p.recorded = err == nil
	return err
}

// settle sets aside what killed earlier processes, and has the worker do the rest.
func (p *pass) settle(taking, sending context.Context, s Service, r *recorder) error {
	steady := context.WithoutCancel(taking) // a stop is the worker's to tell
	known, err := knowledge.RecallPace(steady, p.ledger, p.Scope)
	if err != nil {
		return err
	}
	pacer := pace.NewAdaptive(pace.Options{
		Ceiling: p.Limits.Rate, Floor: p.Limits.Floor, Burst: p.Limits.Burst, Leave: p.Limits.Leave, Known: known,
	})
	o, err := p.options(steady, s, pacer)
	if err != nil {
		return err
	}
	notes := &notes{live: p.live, journal: p.journal, memory: p.ledger, log: p.Log, began: p.book.report.StartedAt}
	r.keep = func(l policy.Learned) error { return knowledge.KeepLearned(steady, p.ledger, p.Scope, l) }
	o.Recorder = r
	told := new(sync.Map)
	o.Hold = func(s worker.Stop) error { return hold(steady, p.ledger, p.Log, told, s) }
	samples := newSampler(p)
	p.observe(&o, s, paced{pacer, p.live}, notes, samples)
	aside, err := p.journal.SetAside(steady)
	if err == nil && len(aside) > 0 {
		err = o.Report(aside)
	}
	if err != nil {
		return err
	}
	if p.Adjust != nil {
		p.Adjust(&o)
	}
	w := worker.New(o)
	p.live.begin(w, pacer)
	p.live.tuning.begin(tuned{worker: w, pace: pacer, service: s, guard: p.guard, metrics: p.Metrics, workers: o.Workers})
	shown, hide := context.WithCancel(steady)
	defer hide()
	stopShowing := progress{p.Log, p.Bar, p.live, notes, samples}.show(shown)
	began := time.Now()
	done, err := p.live.work(func() (worker.Pass, error) { return w.Run(taking, sending) })
	stopShowing()
	samples.end(time.Now())
	p.book.worked(done, int64(len(aside)))
	p.book.paced(done, pacer.State(), p.live.tuning.workers(), time.Since(began))
	return errors.Join(err, notes.last(steady, p.book.report.Verification), p.keepWait(steady, done.Stop),
		keepPace(steady, p, pacer.Learned()))
}

// options are what the worker is made of, without those who record and observe it.
func (p *pass) options(ctx context.Context, s Service, pacer worker.Pacer) (worker.Options, error) {
	calibration, err := p.calibration(ctx)
	return worker.Options{
		Queue:       p.journal,
		Outside:     p.scope.outside,
		Service:     s,
		Guard:       p.guard,
		Pacer:       pacer,
		Rules:       worker.Rules{Table: p.Table, Retry: p.Retry, Shares: p.Safety.Shares},
		Limits:      worker.Limits{Workers: p.Limits.Workers, Grace: p.Limits.Grace, Budget: p.Limits.Deletes},
		Calibration: calibration,
	}, err
}

// calibration says how the pass learns what the service answers, and what earlier
// passes learned.
func (p *pass) calibration(ctx context.Context) (c worker.Calibration, err error) {
	if p.Safety.Canaries == 0 {
		return c, nil
	}
	c = worker.Calibration{
		Canaries:       p.Safety.Canaries,
		StopUnverified: p.Safety.StopUnverified,
	}
	c.Learned, err = knowledge.RecallLearned(ctx, p.ledger, p.Scope)
	return c, err
}

// keepPace has the ledger keep what was learned of the service's limits.
func keepPace(ctx context.Context, p *pass, learned map[policy.Lane]policy.PaceLearned) error {
	if l, ok := learned[policy.LaneDelete]; ok {
		p.Log.Info("learned how many DELETEs the service lets through", zap.Stringer("limit", l))
	}
	return knowledge.KeepPace(ctx, p.ledger, p.Scope, learned)
}

// keepWait has the ledger keep how long later passes are to send nothing, if the
// service has asked for that.
func (p *pass) keepWait(ctx context.Context, stop worker.Stop) error {
	if stop.Until.IsZero() {
		return nil
	}
	return knowledge.KeepWait(ctx, p.ledger, knowledge.Wait{Scope: p.Scope, Until: stop.Until, Why: stop.Why})
}
