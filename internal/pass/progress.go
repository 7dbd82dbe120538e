package pass

import (
	"cmp"
	"context"
	"math"
	"time"

	"go.uber.org/zap"
)

// Bar shows on a terminal how far a pass is.
type Bar interface {
	// Draw brings the bar up to date, several times a second.
	Draw(View)
	// Finish draws the bar a last time and leaves it.
	Finish(View)
}

// How often progress is drawn on a bar, and written to the log when there is none.
const (
	drawEvery = 200 * time.Millisecond
	lineEvery = time.Minute
)

// progress shows how far a pass is.
type progress struct {
	log     *zap.Logger
	bar     func(total int64) Bar // nil logs progress
	live    *Live
	notes   *notes   // kept up to date meanwhile
	sampler *sampler // ticks meanwhile
}

// show shows progress until the returned function is called: a bar if there is one,
// else a log line now and then. Meanwhile it has the notes kept up to date. After a
// panic nobody calls that function, and ctx ends it all.
func (p progress) show(ctx context.Context) (stop func()) {
	every, draw, finish := lineEvery, p.line, func(View) {}
	if p.bar != nil {
		bar := p.bar(p.live.View().Total)
		every, draw, finish = drawEvery, bar.Draw, bar.Finish
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(every)
		defer tick.Stop()
		looks := time.NewTicker(lookEvery)
		defer looks.Stop()
		for {
			select {
			case <-tick.C:
				draw(p.live.View())
			case <-looks.C:
				p.notes.update()
				p.sampler.tick(time.Now())
			case <-done:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { close(done); <-gone; finish(p.live.View()) }
}

// line logs progress.
func (p progress) line(v View) {
	done := v.Done
	p.log.Info("progress", zap.Int64("settled", done.Settled()), zap.Int64("of", v.Total), zap.Int64("dead", done.Dead),
		zap.Float64("rate", math.Round(v.Pace.Achieved*10)/10), zap.String("waits", cmp.Or(v.Breaker, v.Throttle, v.Waits)),
		zap.Int64("requests", done.Requests), zap.Int64("retries", done.Retries), zap.Int64("throttled", done.Throttled),
		zap.Int64("calibration", done.Calibration), zap.Int64("looks", done.Looks),
		zap.Stringer("left", v.Rest))
}
