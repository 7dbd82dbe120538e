package pass

import (
	"context"
	"errors"
	"iter"

	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// load brings all inputs in before the first DELETE: an input that is refused stops
// the pass while nothing has been sent. A tolerant pass goes on without it, and without
// one that the machine could not read. No pass waits for one that is away.
func (p *pass) load(taking context.Context) error {
	for _, s := range p.Inputs {
		p.live.heartbeat.beat()
		l, err := s.Load(taking, heartbeatLoader{p.ledger, &p.live.heartbeat})
		if _, unready := errors.AsType[*UnreadyError](err); unready {
			p.Log.Warn("input not loaded, it is being written; it is left for the next pass", zap.String("source", s.Name()), zap.Error(err))
			continue
		}
		p.book.loaded(l)
		_, refused := errors.AsType[*InputError](err)
		_, unread := errors.AsType[*UnreadError](err)
		_, away := errors.AsType[*UnavailableError](err)
		measured{p.Metrics}.input(l, err, refused || unread || away)
		if away || (refused || unread) && p.Tolerant {
			without := missing(s.Name(), l, away)
			p.Log.Error("input not loaded, the pass goes on without it", zap.String("source", without), zap.Error(err))
			p.book.without(without, unread || away)
			continue
		}
		if err != nil {
			return err
		}
		if l.Batch != "" {
			p.scope.given = append(p.scope.given, l.Batch)
		}
		level := zap.InfoLevel
		if l.Duplicates > 0 || l.Rejected > 0 {
			level = zap.WarnLevel // these are not among the task IDs of the pass
		}
		p.Log.Log(level, "loaded", zap.String("source", s.Name()), zap.String("batch", l.Batch), zap.Int64("new", l.New),
			zap.Int64("duplicates", l.Duplicates), zap.Int64("rejected", l.Rejected))
		for _, w := range l.Warnings() {
			p.Log.Warn("the input "+w, zap.String("source", s.Name()))
		}
	}
	return nil
}

// missing names what a pass goes on without: an input, or the rest of one that broke off.
func missing(name string, l Loaded, away bool) string {
	if away && l.New+l.Duplicates+l.Rejected > 0 {
		return "the rest of " + name
	}
	return name
}

// heartbeatLoader is a loader that gives a heartbeat for each ID that is read.
type heartbeatLoader struct {
	queue.Loader
	heartbeat *heartbeat
}

// Load loads.
func (b heartbeatLoader) Load(ctx context.Context, batch queue.Batch, ids iter.Seq2[string, error]) (queue.Loaded, error) {
	return b.Loader.Load(ctx, batch, b.heartbeat.along(ids))
}
