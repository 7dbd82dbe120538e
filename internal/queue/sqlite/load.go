package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"cleaner/internal/queue"
)

// Load implements queue.Queue. IDs are written in chunks that double from about
// a thousand to 131,072, each sorted first, because an index grows cheaply only
// in order. So within a chunk the order of the ledger is by ID; between chunks,
// and between loads, it is by time.
//
// One load runs at a time and a second waits for it: an ID that is a duplicate
// of one just being loaded would be lost if that load then failed. Taking and
// settling go on between the chunks.
func (l *Ledger) Load(ctx context.Context, b queue.Batch, ids iter.Seq2[string, error]) (queue.Loaded, error) {
	fail := func(err error) (queue.Loaded, error) {
		return queue.Loaded{}, fmt.Errorf("load batch %q: %w", b.Name, err)
	}
	select {
	case l.loading <- struct{}{}:
		defer func() { <-l.loading }()
	case <-ctx.Done():
		return fail(context.Cause(ctx))
	}
	ld := loader{ledger: l, batch: b, chunk: newChunk()}
	if err := ld.begin(ctx); err != nil {
		return fail(err)
	}
	if err := ld.run(ctx, ids); err != nil {
		return fail(errors.Join(err, ld.abandon(ctx)))
	}
	return ld.loaded, nil
}

// loader is one load under way.
type loader struct {
	ledger  *Ledger
	batch   queue.Batch
	chunk   *chunk
	first   int64 // the batch's first place
	next    int64 // the next place to be given
	entered bool  // the batch has its row, not yet whole
	loaded  queue.Loaded
}

// begin clears away what an interrupted load left and refuses a name that is
// taken.
func (ld *loader) begin(ctx context.Context) error {
	l := ld.ledger
	return l.locked(ctx, func() error {
		if err := l.sweep(ctx); err != nil {
			return err
		}
		ld.first = l.mark.high + 1
		ld.next = ld.first
		var one int
		err := l.store.one(ctx, `SELECT 1 FROM batch WHERE name = ?`, []any{ld.batch.Name}, &one)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err == nil:
			return errors.New("there is a batch of that name; choose another")
		}
		return err
	})
}

// run reads all IDs and writes them down.
func (ld *loader) run(ctx context.Context, ids iter.Seq2[string, error]) error {
	for id, err := range ids {
		if err != nil {
			return err
		}
		if ld.chunk.add(id); ld.chunk.full() {
			if err := ld.write(ctx, nil); err != nil {
				return err
			}
			ld.chunk.grow()
		}
	}
	return ld.write(ctx, ld.seal)
}

// write writes the chunk in one transaction, and what then says with it.
func (ld *loader) write(ctx context.Context, then func(context.Context) error) error {
	l := ld.ledger
	return l.locked(ctx, func() error {
		added := int64(0)
		err := l.store.atomically(ctx, func(ctx context.Context) (err error) {
			if err := ld.enter(ctx); err != nil {
				return err
			}
			if added, err = l.store.insert(ctx, ld.chunk, ld.next); err != nil {
				return err
			}
			ld.count(added)
			if then == nil {
				return nil
			}
			return then(ctx)
		})
		if err == nil && then != nil {
			l.mark.high = ld.last()
		}
		return err
	})
}

// enter writes the batch's row, which has no last place until it is whole.
func (ld *loader) enter(ctx context.Context) error {
	if ld.entered {
		return nil
	}
	ld.entered = true
	return ld.ledger.store.exec(ctx, `INSERT INTO batch (first, name, source, loaded_at) VALUES (?, ?, ?, ?)`,
		ld.first, ld.batch.Name, ld.batch.Source, time.Now().UnixMilli())
}

// count takes stock of a chunk of which added IDs were new.
func (ld *loader) count(added int64) {
	n := int64(ld.chunk.len())
	ld.next += n
	ld.loaded.New += added
	ld.loaded.Duplicates += n - added
	ld.chunk.clear()
}

// last is the batch's last place. An empty batch has one place too, which stays
// empty, so that no two batches begin at the same.
func (ld *loader) last() int64 { return max(ld.next-1, ld.first) }

// seal makes the batch whole: from here on it is lent and counted.
func (ld *loader) seal(ctx context.Context) error {
	err := ld.ledger.store.exec(ctx, `UPDATE batch SET last = ?, added = ?, duplicates = ?, pending = ? WHERE first = ?`,
		ld.last(), ld.loaded.New, ld.loaded.Duplicates, ld.loaded.New, ld.first)
	if err != nil {
		return err
	}
	return ld.ledger.store.exec(ctx, `UPDATE mark SET high = ?`, ld.last())
}

// abandon removes what was written, also when ctx has ended.
func (ld *loader) abandon(ctx context.Context) error {
	if !ld.entered {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := ld.ledger.locked(ctx, func() error { return ld.ledger.sweep(ctx) })
	if errors.Is(err, ErrClosed) {
		return nil // opening will sweep
	}
	return err
}

// sweep removes the batch that is not whole, if there is one, in steps.
func (l *Ledger) sweep(ctx context.Context) error {
	const step = `DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE seq > ? LIMIT 65536)`
	for removed := int64(1); removed > 0; {
		err := l.store.atomically(ctx, func(ctx context.Context) (err error) {
			removed, err = l.store.change(ctx, step, l.mark.high)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove what an unfinished load left: %w", err)
		}
	}
	return l.store.atomically(ctx, func(ctx context.Context) error {
		return l.store.exec(ctx, `DELETE FROM batch WHERE last IS NULL`)
	})
}
