package pass

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// hold has the ledger keep what a stop holds back from later passes. The worker calls it
// before anybody learns of the stop, so that a process that dies then has kept it. Several
// workers may come to the same stop: told are the batches that the log has.
func hold(ctx context.Context, q queue.Holding, log *zap.Logger, told *sync.Map, s worker.Stop) error {
	holds := holdsOf(s, time.Now())
	if err := q.Hold(ctx, holds...); err != nil {
		return fmt.Errorf("hold what the stop by %s is about: %w", s.Kind, err)
	}
	for _, h := range holds {
		if _, known := told.LoadOrStore(h.Batch, true); known {
			continue
		}
		log.Error("held: nothing of it is sent, by any pass, until cleaner release", zap.String("batch", cmp.Or(h.Batch, "(all)")),
			zap.String("stopped_by", h.Kind), zap.String("why", h.Why), zap.Int64("sent", h.Sent), zap.Int64("bad", h.Bad))
	}
	return nil
}

// holdsOf are the holds that a stop leads to: one on each batch that it blames, or one on
// the whole ledger.
func holdsOf(s worker.Stop, now time.Time) (holds []queue.Hold) {
	common := queue.Hold{Kind: string(s.Kind), Why: s.Why, At: now}
	if s.Hold.Blamed == nil {
		return []queue.Hold{common}
	}
	for _, b := range s.Hold.Blamed.Batches {
		h := common
		h.Batch, h.Sent, h.Bad, h.Limit = b.Batch, b.Settled, b.Bad, s.Hold.Blamed.Limit
		holds = append(holds, h)
	}
	return holds
}

// mostHolds is how many holds are told in words.
const mostHolds = 3

// heldWords says what is held; empty when nothing is.
func heldWords(ctx context.Context, r queue.HoldReader) (words string, err error) {
	holds, err := knowledge.ReadHolds(ctx, r)
	for i, h := range holds {
		if i == mostHolds {
			return words + fmt.Sprintf("; and %d more: see cleaner status", len(holds)-i), err
		}
		if i > 0 {
			words += "; "
		}
		words += knowledge.WordsOfHold(h)
	}
	return words, err
}

// paused returns the stop of a pass that an operator has paused. A pause whose time is
// over is ended.
func (g gate) paused(ctx context.Context) (none worker.Stop, err error) {
	p, err := knowledge.ReadPause(ctx, g.ledger)
	if err != nil || p == nil {
		return none, err
	}
	switch {
	case p.Over(time.Now()):
		g.log.Info("the pause has ended by itself", zap.String("by", p.By), zap.Time("since", p.Since), zap.Time("until", p.Until))
		return none, knowledge.EndPauseOver(context.WithoutCancel(ctx), g.ledger, time.Now())
	case g.ignorePause:
		g.log.Warn("paused, and going on all the same", zap.String("pause", p.Words()))
		return none, nil
	}
	return worker.Stop{Kind: worker.StopPaused, Why: p.Words()}, nil
}
