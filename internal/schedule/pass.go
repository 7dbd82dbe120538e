package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// running is the pass that runs.
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

// run calls the pass and sends its result, also when it panics or ends its goroutine.
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
