package serve

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
)

// pauses keep the schedules from starting anything while the ledger keeps a pause. A pause
// ends by the wall clock, as it does for whoever reads the ledger.
type pauses struct {
	runner *schedule.Runner
	forget func(ctx context.Context, now time.Time) error // has the ledger forget a pause that is over
	now    func() time.Time
	log    *zap.Logger

	mu    sync.Mutex       // guards what follows
	kept  *knowledge.Pause // nil when there is none
	timer *time.Timer      // looks whether the pause is over; nil when it has no end
}

// recall takes up the pause that the ledger keeps, when serve begins. One that is over keeps
// nothing from starting, not even for a moment: the next pass has it forgotten.
func (p *pauses) recall(ctx context.Context, cfg *config.Config) error {
	return assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		kept, err := knowledge.ReadPause(ctx, r)
		if err != nil || kept.Over(p.now()) {
			return err
		}
		p.log.Warn("the ledger keeps a pause", zap.String("pause", kept.Words()))
		p.begin(kept)
		return nil
	})
}

// begin pauses the schedules as long as kept says.
func (p *pauses) begin(kept *knowledge.Pause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	kept.Until = kept.Until.Round(0) // by the wall clock
	p.kept = kept
	p.runner.Pause()
	if !kept.Until.IsZero() {
		p.timer = time.AfterFunc(p.rest(), func() { p.over(kept) })
	}
}

// keeps reports whether kept has not ended, and no other pause has taken its place.
func (p *pauses) keeps(kept *knowledge.Pause) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept == kept
}

// longestLook is the time within which a clock that was set is noticed, or a host that was
// asleep: a timer runs by another clock.
const longestLook = time.Minute

// rest is how long it takes until it has to be looked whether the pause is over.
func (p *pauses) rest() time.Duration {
	return min(max(p.kept.Until.Sub(p.now()), 0), longestLook)
}

// end lets the schedules go on.
func (p *pauses) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.runner.Resume()
}

// ends ends kept if it is over, and returns at what time. It reports false when it is not, and
// is looked at again, or when another pause has taken its place.
func (p *pauses) ends(kept *knowledge.Pause) (at time.Time, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept != kept {
		return at, false
	}
	if at = p.now(); !kept.Over(at) {
		p.timer.Reset(p.rest())
		return at, false
	}
	p.clear()
	p.runner.Resume()
	return at, true
}

// over ends a pause if its time is over.
func (p *pauses) over(kept *knowledge.Pause) {
	at, over := p.ends(kept)
	if !over {
		return
	}
	p.log.Info("the pause has ended by itself", zap.String("by", kept.By), zap.Time("since", kept.Since), zap.Time("until", kept.Until))
	warn(p.log, "the ledger still keeps a pause that is over; the next pass forgets it", p.forget(context.Background(), at))
}

// stop lets no timer outlive serve.
func (p *pauses) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// clear has nothing kept, and no timer. One that has fired already finds that what it was
// to end is not kept any more. The caller holds the lock.
func (p *pauses) clear() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.kept, p.timer = nil, nil
}
