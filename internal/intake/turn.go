package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// processOne receives one batch of messages and deals with it: judges them, has keep
// put them into the ledger, and acknowledges them when that is done. It returns what it
// has loaded. There is room for so many ids.
func (f *Feed) processOne(ctx context.Context, b Broker, ids int64, wait time.Duration, keep keeper) (turn, error) {
	j, err := f.gather(ctx, b, ids, wait)
	if err != nil || len(j.messages) == 0 {
		return turn{}, err
	}
	if fault := f.judge.window.verdict(); fault != nil {
		j.items = nil // nothing of what may be all wrong; it stays with the broker
		_, err := keep(ctx, j)
		return turn{}, errors.Join(&FatalError{fault}, err)
	}
	loaded, err := keep(ctx, j)
	if err != nil {
		return turn{}, err
	}
	f.board.loaded(loaded, len(j.rejects))
	if err := b.Ack(ctx, j.messages); err != nil {
		return turn{}, fmt.Errorf("acknowledge %d messages, which will come again: %w", len(j.messages), err)
	}
	f.board.acked(len(j.messages))
	j.tell(f.Log, f.Rejects, loaded)
	return turn{messages: len(j.messages), again: again(j.messages), rejected: len(j.rejects), short: j.short, Loaded: loaded}, nil
}

// tell logs what a batch of messages has brought. Of one that cannot be read somebody
// expects that its tasks are deleted.
func (j judged) tell(log *zap.Logger, rejects string, loaded queue.Loaded) {
	if len(j.rejects) > 0 {
		log.Warn("messages were rejected: they name no valid task ID, and do not come again", zap.Int("messages", len(j.rejects)),
			zap.String("first", j.rejects[0].Position), zap.String("why", j.rejects[0].Reason), zap.String("rejects", rejects))
	}
	log.Debug("received", zap.Int("messages", len(j.messages)), zap.Int64("new", loaded.New), zap.Int64("duplicates", loaded.Duplicates),
		zap.Int("rejected", len(j.rejects)))
}

// turn is what one batch of messages has brought.
type turn struct {
	messages, rejected int
	again              int  // messages that were delivered before
	short              bool // the broker had no more
	queue.Loaded
}

// again counts the messages that were delivered before.
func again(messages []Message) (n int) {
	for i := range messages {
		if messages[i].Redelivered {
			n++
		}
	}
	return n
}

// keeper puts what messages say where it is durable. Only then may they be
// acknowledged.
type keeper func(context.Context, judged) (queue.Loaded, error)

// once is a keeper that fails when the ledger does.
func (f *Feed) once(ctx context.Context, j judged) (l queue.Loaded, err error) {
	err = f.Ledger.Load(ctx, int64(len(j.items)), func(q queue.Loader) error {
		l, err = writer{f.Name, f.Kind, f.Rejects, q}.write(ctx, j)
		return err
	})
	if err != nil {
		err = &LedgerError{err}
	}
	return l, err
}

// insist is a keeper that waits for a ledger that fails. The messages are held
// meanwhile: were they given back, a broker that counts deliveries would take them
// for poison.
func (f *Feed) insist(ctx context.Context, j judged) (queue.Loaded, error) {
	retry := f.backoff()
	for {
		l, err := f.once(ctx, j)
		wait := f.Tempo.Pause
		switch {
		case err == nil:
			return l, nil
		case ctx.Err() != nil:
			return l, context.Cause(ctx)
		case errors.Is(err, ErrBusy):
			f.board.waits("another works with the ledger, or the pass under way would go over its cap")
		default:
			wait = retry.NextBackOff()
			f.board.waits("the ledger cannot be written: " + err.Error())
			f.Log.Error("received messages cannot be written to the ledger; they are not acknowledged", zap.Error(err), zap.Duration("wait", wait))
		}
		sleep(ctx, wait)
	}
}
