package worker

import (
	"context"
	"time"

	"cleaner/internal/queue"
)

// stages are the parts that a task ID passes on its way.
type stages struct {
	*run
	leases    *leases
	inspector *inspector
	admission *admission
	sender    *sender
	judge     *judge
	confirmer *confirmer
	settler   *settler
	gate      *gate
}

// process decides what becomes of a leased ID. took is how long its answer took. The
// stages are:
//
//	admit    inspect looks first, where that may make the DELETE needless or forbid it;
//	         send then waits for the budget, the far side, a credential and a permit,
//	         and asks the guard
//	delete   send sends the DELETE, and once more if it can mend what was rejected
//	judge    resolve looks at what the answer leaves open, conclude draws the
//	         consequences
//	confirm  spotCheck looks whether a confirmed deletion has taken effect
//
// The order matters. Admission comes right before the DELETE, and the guard last of it,
// so that nothing that waits lies between. An answer in doubt is resolved before it is
// concluded, since it counts for the run and against the ID by what the look shows. A
// confirmed deletion is looked at after that, because a look may take long and other
// workers need the consequences at once. The request is observed last, when all that
// follows from it is known.
func (s *stages) process(taking, sending context.Context, d queue.Delivery) (o queue.Outcome, took time.Duration) {
	if o, done := s.inspector.inspect(taking, sending, d); done {
		return o, 0
	}
	e, o, sent := s.sender.send(taking, sending, d)
	if sent {
		e = s.confirmer.resolve(taking, sending, d, e)
		o = s.judge.conclude(d, e)
		o = s.confirmer.spotCheck(taking, sending, d, o)
		s.observers.exchange(e.made, returns(o))
	}
	s.gate.giveBack(e.ticket) // when it was a probe, and no answer was noted
	return o, e.took
}

// wire makes a Worker and all its parts, which share one run.
func wire(o Options) *Worker {
	r := newRun(o)
	w := &Worker{
		run: r, grace: o.Grace, pool: pool{size: o.Workers}, opening: opening{over: make(chan struct{})},
		shares: newShares(o), findings: newFindings(o.Calibration.Learned), effects: newEffects(), tally: &tally{},
	}
	blame, gate := newBlame(o), newGate(o)
	chooser, controls := &chooser{random: o.Random, spotAt: r.began}, &controls{}
	throttle := &throttle{run: r, pacer: o.Pacer, retry: o.Retry, idle: newIdle()}

	leases := newLeases(r, o, blame, w.shares)
	leases.compares = func() bool { return w.effects.any() && comparesAbsence(o.Table, w.findings.know()) }
	looker := &looker{
		run: r, service: o.Service, throttle: throttle, blame: blame, table: o.Table,
		findings: w.findings, controls: controls, leases: leases, tally: w.tally,
	}
	admission := &admission{run: r, protect: o.Guard, service: o.Service, leases: leases, gate: gate, throttle: throttle}
	sender := &sender{
		run: r, service: o.Service, admission: admission, throttle: throttle, blame: blame, table: o.Table,
		running: o.Retry.Running, findings: w.findings, tally: w.tally,
	}
	judge := &judge{
		run: r, retry: o.Retry, jitter: o.Jitter, throttle: throttle, blame: blame, gate: gate,
		shares: w.shares, leases: leases, effects: w.effects,
	}
	confirmer := &confirmer{
		run: r, retry: o.Retry, within: o.Calibration.Confirm, looker: looker, findings: w.findings,
		chooser: chooser, effects: w.effects, judge: judge, leases: leases,
	}
	inspector := &inspector{
		run: r, running: o.Retry.Running, looker: looker, findings: w.findings, chooser: chooser,
		admission: admission, gate: gate, sender: sender, judge: judge, confirmer: confirmer,
	}
	settler := &settler{
		queue: o.Queue, settling: make(chan struct{}, 1), delay: batchDelay{out: leases.handed.atWork, underWay: r.underWay, idle: throttle.idle}, returned: leases.returned, catch: r.catch,
		settled: func(outcomes []queue.Outcome) error {
			w.tally.settled(outcomes)
			return o.Report(outcomes)
		},
	}
	settler.begin()
	w.stages = &stages{
		run: r, leases: leases, inspector: inspector, admission: admission, sender: sender,
		judge: judge, confirmer: confirmer, settler: settler, gate: gate,
	}
	w.calibrator = &calibrator{
		run: r, Calibration: o.Calibration, record: o.learn, retry: o.Retry, madeUpID: o.MadeUpID, looker: looker,
		stages: w.stages, findings: w.findings, effects: w.effects,
	}
	return w
}
