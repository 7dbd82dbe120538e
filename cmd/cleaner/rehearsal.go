package main

import (
	"context"
	"math"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/source"
	"cleaner/internal/worker"
)

// This file is all that a dry run does otherwise, beside its report.

// rejects keeps invalid lines; nil, which counts them only, in a dry run.
func (p *pass) rejects() *source.Rejects {
	if p.flags.dryRun {
		return nil
	}
	return source.NewRejects(rejectsPath(p.cfg))
}

// pace is how fast requests leave. A dry run sends none, and waits for nothing.
func (p *pass) pace() *policy.Pace {
	if p.flags.dryRun {
		return policy.NewPace(math.Inf(1), 1)
	}
	return policy.NewPace(p.cfg.Limits.Rate, p.cfg.Limits.Burst)
}

// farSide is what the worker sends to: the service, or in a dry run nothing. What
// a dry run might make of the service could only read: a second lock, for the day
// on which a change of this function loses the first.
func (p *pass) farSide() (farSide, error) {
	if p.flags.dryRun {
		return inRehearsal(p)
	}
	return newService(p.cfg, p.app.env, p.flags.dryRun)
}

// inRehearsal makes the far side of a dry run. Only a test ever puts another in its
// place: what the second lock is for.
var inRehearsal = func(*pass) (farSide, error) { return rehearsal{}, nil }

// farSide is a worker's service that this command can count and close.
type farSide interface {
	worker.Service
	Logins() int64
	Failed() error
	watchLogins(told func(err error, took time.Duration, expiry time.Time))
	Resize(workers int)
	Close()
}

// rehearsal is the far side of a dry run: the last link of the chain, and the
// only one that differs. It has no connection to anywhere.
type rehearsal struct{}

// Ready is always.
func (rehearsal) Ready(context.Context) policy.Answer { return policy.Answer{} }

// DeleteTask sends nothing.
func (rehearsal) DeleteTask(context.Context, string) policy.Answer {
	return policy.Answer{Fault: policy.FaultDryRun}
}

// StopTask sends nothing.
func (rehearsal) StopTask(context.Context, string) policy.Answer {
	return policy.Answer{Fault: policy.FaultDryRun}
}

// LookAtTask sends nothing.
func (rehearsal) LookAtTask(context.Context, string) policy.Answer {
	return policy.Answer{Fault: policy.FaultDryRun}
}

// Renew does nothing.
func (rehearsal) Renew(context.Context, uint64) policy.Answer { return policy.Answer{} }

// Logins is none.
func (rehearsal) Logins() int64 { return 0 }

func (rehearsal) watchLogins(func(error, time.Duration, time.Time)) {}

// Failed is nothing: what sends nothing cannot send what it must not.
func (rehearsal) Failed() error { return nil }

// Close does nothing.
func (rehearsal) Close() {}

// Resize has nothing to change.
func (rehearsal) Resize(int) {}
