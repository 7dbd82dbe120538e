// Package pass makes one pass over a ledger: it completes what a pass that died left
// undone, loads the inputs, compares what is pending with the cap, has the worker
// delete what is due, and balances the report with the ledger.
//
// Run is the whole of it, and each phase is a file: resume, load, forget, cap, drain,
// balance. Rehearse is the same with parts that send and keep nothing. Live is a pass
// under way as others see it and steer it.
package pass

import (
	"context"
	"errors"
	"fmt"

	"cleaner/internal/policy"
	"cleaner/internal/protect"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// pass is a pass under way.
type pass struct {
	Deps
	Spec
	passKind
	live   *Live
	book   book
	guard  *protect.Guard
	ledger queue.Ledger
	// journal is the pass as the ledger knows it; nil before the ledger has begun it.
	journal queue.Pass
	scope   scope
	// recorded says that everything the pass has settled has been recorded, so that it may
	// end in the ledger too; otherwise a later pass completes its results.
	recorded bool
}

// Run makes one pass and returns its report, also with an error. When taking ends,
// nothing new is sent, and what is under way may finish; when sending ends, what is
// under way is cut. What is not settled stays pending.
//
// A pass that ends early for a reason of its own has it in the report, and no error.
// An error is what kept the pass from its work: a *worker.Stop before the work began,
// an *InputError, an *UnreadError, a *ProtectError, a *BalanceError, a *worker.Crash,
// what Open or Dial returned, or else a fault of the machine.
func Run(taking, sending context.Context, d Deps, s Spec) (Report, error) {
	return run(taking, sending, d, s, realPass{})
}

func run(taking, sending context.Context, d Deps, s Spec, c passKind) (Report, error) {
	p := &pass{Deps: d, Spec: s, passKind: c, live: d.Live, book: newBook(c.summary), guard: new(protect.Guard), recorded: true}
	if p.live == nil {
		p.live = new(Live)
	}
	p.live.requeues.most.Store(p.Limits.Deletes)
	p.live.holdup.begin(p.book.report.StartedAt)
	err := p.recovering(func() error { return p.whole(taking, sending) })
	p.book.close(err, p.Log)
	return p.book.report, err
}

// whole is the pass, with the ledger opened before and closed after it.
func (p *pass) whole(taking, sending context.Context) (err error) {
	p.live.heartbeat.beat()
	p.guard.Watch(p.Safety.ProtectFile)
	measured{p.Metrics}.start(p.Spec)
	if p.MaxDuration > 0 {
		box := &worker.Stop{Kind: worker.StopMaxDuration, Why: fmt.Sprintf("the pass took %v", p.MaxDuration)}
		var cancel context.CancelFunc
		taking, cancel = context.WithTimeoutCause(taking, p.MaxDuration, box)
		defer cancel()
	}
	if p.ledger, err = p.Open(sending, false); err != nil {
		return err
	}
	err = p.phases(taking, sending)
	keep(context.WithoutCancel(sending), p, err)
	return errors.Join(err, p.ledger.Close())
}

// phases are the pass on an open ledger. The ledger is asked for its numbers however
// impatiently the pass was stopped.
func (p *pass) phases(taking, sending context.Context) error {
	steady := context.WithoutCancel(sending)
	if err := p.resume(steady); err != nil {
		return err
	}
	defer measured{p.Metrics}.ledger(p.ledger)()
	capped, err := p.work(taking, sending)
	err = errors.Join(p.balance(steady), err) // first: no stop may hide that it does not balance
	if err == nil {
		p.book.report.holds, err = heldWords(steady, p.ledger)
	}
	if err == nil {
		p.conclude(&p.book.report, capped)
	}
	if p.recorded {
		err = errors.Join(err, p.journal.End(steady))
	}
	return err
}

// work loads, and deletes unless something forbids it. It returns the stop that a
// rehearsal has gone on in spite of.
func (p *pass) work(taking, sending context.Context) (capped worker.Stop, err error) {
	steady := context.WithoutCancel(sending)
	if more, err := overAgreed(steady, p.journal, p.Limits.Agreed); err != nil || more.Kind != worker.StopNone {
		p.book.stopped(more)
		return capped, err
	}
	if err := p.scope.begin(steady, p); err != nil {
		return capped, err
	}
	if err := p.load(taking); err != nil {
		return capped, err
	}
	if err := p.scope.forget(steady, p); err != nil {
		return capped, err
	}
	outside, err := p.scope.confine(steady, p)
	if err != nil {
		return capped, err
	}
	pending, held, err := p.live.requeues.setOut(steady, outside)
	if err != nil {
		return capped, err
	}
	if pending+held == 0 {
		p.Log.Info("nothing to do")
		return capped, nil
	}
	g := gate{p.ledger, p.guard, p.Log, p.Scope, policy.Cap{Max: p.Safety.Cap}, p.Limits.Deletes, p.scope.within, p.IgnorePause}
	capped, err = g.admit(taking, pending)
	switch {
	case err != nil:
		return capped, err
	case !p.goesOn(capped):
		p.book.stopped(capped)
		return capped, nil
	}
	return capped, p.drain(taking, sending)
}
