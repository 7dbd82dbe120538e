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

// pauses keep the schedules from starting anything while the ledger keeps a pause.
type pauses struct {
	runner *schedule.Runner
	forget func(context.Context) error // has the ledger forget the pause
	log    *zap.Logger

	mu    sync.Mutex       // guards what follows
	kept  *knowledge.Pause // nil when there is none
	timer *time.Timer      // ends the pause when its time is over; nil when it has no end
}

// recall takes up the pause that the ledger keeps, when serve begins.
func (p *pauses) recall(ctx context.Context, cfg *config.Config) error {
	return assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		kept, err := knowledge.ReadPause(ctx, r)
		if err == nil && kept != nil {
			p.log.Warn("the ledger keeps a pause", zap.String("pause", kept.Words()))
			p.begin(kept)
		}
		return err
	})
}

// begin pauses the schedules as long as kept says.
func (p *pauses) begin(kept *knowledge.Pause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halt()
	p.kept = kept
	p.runner.Pause()
	if !kept.Until.IsZero() {
		p.timer = time.AfterFunc(max(time.Until(kept.Until), 0), func() { p.over(kept) })
	}
}

// end lets the schedules go on.
func (p *pauses) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halt()
	p.kept = nil
	p.runner.Resume()
}

// ends ends kept, unless another pause has taken its place: then it reports false.
func (p *pauses) ends(kept *knowledge.Pause) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept != kept {
		return false
	}
	p.halt()
	p.kept = nil
	p.runner.Resume()
	return true
}

// over ends a pause whose time is over.
func (p *pauses) over(kept *knowledge.Pause) {
	if !p.ends(kept) {
		return
	}
	p.log.Info("the pause has ended by itself", zap.String("by", kept.By), zap.Time("since", kept.Since), zap.Time("until", kept.Until))
	warn(p.log, "the ledger still keeps a pause that is over; the next pass forgets it", p.forget(context.Background()))
}

// stop lets no timer outlive serve.
func (p *pauses) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halt()
}

// halt stops the timer. The caller holds the lock.
func (p *pauses) halt() {
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}
