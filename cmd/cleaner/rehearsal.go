package main

import (
	"context"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
)

// passMode is how run makes its pass.
type passMode struct {
	agree   func(ctx context.Context, p *onePass, s *pass.Spec) (forget func(), err error)
	make    func(taking, sending context.Context, d pass.Deps, s pass.Spec) (pass.Report, error)
	rejects string // where invalid lines are kept; empty is nowhere
	intake  []config.Intake
	metrics config.Metrics
	traces  config.Traces
}

// modeOf chooses between a pass and a dry run. This is the only place that does: a
// dry run asks nobody, keeps, measures and traces nothing, and takes no messages from
// brokers.
func modeOf(cfg *config.Config, f runFlags) passMode {
	if f.dryRun {
		return passMode{make: pass.Rehearse, agree: askNobody}
	}
	m := passMode{make: pass.Run, agree: askPerson, rejects: assemble.Ledger(cfg).Rejects(), metrics: cfg.Metrics, traces: cfg.Traces}
	if !f.onlyGiven && f.batch == "" { // what comes from brokers is not what is given
		m.intake = cfg.Intake
	}
	return m
}

// askNobody agrees.
func askNobody(context.Context, *onePass, *pass.Spec) (func(), error) { return func() {}, nil }
