package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// running is the one pass that has the turn.
type running struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	tick     Tick
	since    time.Time
	replaced bool
}

// result is how a pass ended.
type result struct {
	err     error
	crashed bool
}

// run calls the pass and hands over its end, whatever happens in it.
func (p *running) run(pass func(context.Context, Tick) error, ended chan<- result) {
	end := result{errors.New("pass ended its goroutine"), true}
	defer func() {
		if v := recover(); v != nil {
			end.err = fmt.Errorf("pass panicked: %v\n%s", v, debug.Stack())
		}
		p.cancel(nil)
		ended <- end
	}()
	end = result{err: pass(p.ctx, p.tick)}
}

// finish gives the turn back.
func (r *Runner) finish(end result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.running
	r.running = nil
	e := Event{Kind: KindFinished, Tick: p.tick, Err: end.err, Took: r.clock().Sub(p.since)}
	switch {
	case end.crashed:
		e.Cause = "panic"
	case p.replaced:
		e.Cause = "replaced"
	case !r.live:
		e.Cause = "stopping"
	}
	if end.crashed || end.err != nil && e.Cause == "" {
		p.tick.job.counts.Failed++
	}
	r.tell(e)
}
