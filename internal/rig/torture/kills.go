package main

import (
	"context"
	"time"
)

// busy is what may go wrong with a request without being the violence under
// test, for the first requests of an ID.
func busy() []string {
	return []string{"busy-400:0.05:2", "busy-200:0.03:1", "reset:0.03:1", "reset-after-effect:0.05:1", "502-after-effect:0.03:1", "cut:0.03:1"}
}

// kills kills cleaner again and again, at moments spread evenly over the time
// that the rest of the work takes: in its start, its load, its requests, its
// end. All promises of look and check hold, the bound on requests sent again
// among them: one for each worker and kill.
func kills(ctx context.Context, l *lab) (sum tally, err error) {
	for enough := l.size(30, 3000); sum.kills < enough; {
		o := setup{} // every other trial has no faults, and so the stricter account
		if sum.trials%2 == 1 {
			o.faults = busy()
		}
		one, err := l.repeat(ctx, 1, o, killUntilDone)
		sum.add(one)
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// killUntilDone kills passes until one ends by itself. Every other pass loads
// the input again, which must change nothing once it is loaded.
func killUntilDone(ctx context.Context, t *trial) error {
	const most = 12 // kills of one ledger; then it may finish
	for range most {
		before := t.sim.Truth().Deletes
		c, err := t.start(ctx, nil, t.passArgs(!t.given || t.random.IntN(2) == 0)...)
		if err != nil {
			return err
		}
		span := t.startUp + time.Duration(1.5*t.pendingShare()*float64(t.perSweep)) // after a death it is slower
		end, err := c.killAfter(t.upTo(span))
		if err != nil {
			return err
		}
		if end.code != killed && end.code != exitLimit {
			return t.check(ctx, end, t.sim.Truth().Deletes-before)
		}
		if err := t.struck(ctx); err != nil {
			return err
		}
	}
	return t.finish(ctx)
}

// quiet returns when the service has seen all that the dead process has sent:
// when no request has come for a while.
func (t *trial) quiet() {
	for last := int64(-1); ; {
		now := t.sim.Truth().Requests
		if now == last {
			return
		}
		last = now
		time.Sleep(5 * time.Millisecond)
	}
}

// killsDuringLoad kills processes that load a large input. Each leaves all of it
// or nothing, and the input is there once in the end. A load that nothing
// disturbs comes first, to know how long one takes.
func killsDuringLoad(ctx context.Context, l *lab) (tally, error) {
	var takes time.Duration
	o := setup{ids: l.size(50_000, 300_000)}
	sum, err := l.repeat(ctx, 1, o, func(ctx context.Context, t *trial) error {
		began := time.Now()
		defer func() { takes = time.Since(began) }()
		return t.expect(ctx, exitOK, t.loadArgs()...)
	})
	if err != nil {
		return sum, err
	}
	one, err := l.repeat(ctx, 1, o, func(ctx context.Context, t *trial) error { return t.killLoads(ctx, l.size(5, 40), takes) })
	sum.add(one)
	return sum, err
}

// killLoads kills n loads, each of which would take so long, and lets two go on
// to their ends.
func (t *trial) killLoads(ctx context.Context, n int, takes time.Duration) error {
	for range n {
		c, err := t.start(ctx, nil, t.loadArgs()...)
		if err != nil {
			return err
		}
		end, err := c.killAfter(t.upTo(takes))
		if err != nil {
			return err
		}
		if end.code != killed {
			continue
		}
		if err := t.struck(ctx); err != nil {
			return err
		}
	}
	for range 2 {
		if err := t.expect(ctx, exitOK, t.loadArgs()...); err != nil {
			return err
		}
	}
	if err := t.look(ctx); err != nil {
		return err
	}
	return t.checkBalance(ctx)
}

// loadArgs are the arguments of a load of the input.
func (t *trial) loadArgs() []string {
	return []string{"load", "--config", t.path("cleaner.yaml"), t.path("tasks.txt")}
}
