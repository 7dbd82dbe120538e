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

// loader implements queue.Loader.
type loader struct {
	*lending
	loading chan struct{} // holds a token while a load is under way
}

// Load implements queue.Loader. IDs are written in chunks that double from about
// a thousand to 131,072, each sorted first, because an index grows cheaply only
// in order. So within a chunk the order of the ledger is by ID; between chunks,
// and between loads, it is by time.
//
// One load runs at a time and a second waits for it: an ID that is a duplicate
// of one just being loaded would be lost if that load then failed. Taking and
// settling go on between the chunks.
func (l loader) Load(ctx context.Context, b queue.Batch, ids iter.Seq2[string, error]) (queue.Loaded, error) {
	fail := func(err error) (queue.Loaded, error) {
		return queue.Loaded{}, fmt.Errorf("load batch %q: %w", b.Name, err)
	}
	select {
	case l.loading <- struct{}{}:
		defer func() { <-l.loading }()
	case <-ctx.Done():
		return fail(context.Cause(ctx))
	}
	ld := intake{lending: l.lending, batch: b, chunk: newChunk(), loaded: queue.Loaded{Batch: b.Name}}
	if err := ld.begin(ctx); err != nil {
		return fail(err)
	}
	if err := ld.run(ctx, ids); err != nil {
		return fail(errors.Join(err, ld.abandon(ctx)))
	}
	return ld.loaded, nil
}

// intake is one load under way.
type intake struct {
	*lending
	batch   queue.Batch
	chunk   *chunk
	first   int64 // the batch's first place
	next    int64 // the next place to be given
	high    int64 // the last place of the ledger once the batch is whole
	entered bool  // the batch has its row, not yet whole
	upper   bool  // the ledger may know keys in upper case, as older versions took them
	loaded  queue.Loaded
}

// begin clears away what an interrupted load left and refuses a name that is
// taken.
func (ld *intake) begin(ctx context.Context) error {
	return ld.locked(ctx, func() error {
		if err := ld.sweep(ctx); err != nil {
			return err
		}
		ld.first = ld.checkpoint.high + 1
		ld.next = ld.first
		if err := ld.store.one(ctx, anyUpper, nil, &ld.upper); err != nil {
			return err
		}
		var one int
		err := ld.store.one(ctx, `SELECT 1 FROM batch WHERE name = ?`, []any{ld.batch.Name}, &one)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err == nil:
			return queue.ErrBatchExists
		}
		return err
	})
}

// anyUpper asks for IDs of the length of a key that are stored as text and may be
// hexadecimal: those in upper case. Only the texts in the index are looked at.
const anyUpper = `SELECT EXISTS (SELECT 1 FROM task WHERE id >= '0' AND id < 'G' AND length(id) = 32)`

// run reads all IDs and writes them down.
func (ld *intake) run(ctx context.Context, ids iter.Seq2[string, error]) error {
	for id, err := range ids {
		if err != nil {
			return err
		}
		var a *queue.Asked
		if ld.batch.Asked != nil {
			a = ld.batch.Asked()
		}
		if ld.chunk.add(id, a); ld.chunk.full() {
			if err := ld.write(ctx, nil); err != nil {
				return err
			}
			ld.chunk.grow()
		}
	}
	return ld.write(ctx, ld.seal)
}

// write writes the chunk in one transaction, and what then says with it.
func (ld *intake) write(ctx context.Context, then func(context.Context) error) error {
	return ld.locked(ctx, func() error {
		err := ld.store.atomically(ctx, func(ctx context.Context) error {
			if err := ld.enter(ctx); err != nil {
				return err
			}
			r, err := newRenewal(ctx, ld.store, ld.batch.Renew)
			if err != nil {
				return err
			}
			added, err := ld.chunk.insert(ctx, writing{ld.store, ld.first, ld.upper, r}, ld.next)
			if err != nil {
				return err
			}
			ld.count(added)
			if then == nil {
				return nil
			}
			return then(ctx)
		})
		if err == nil && then != nil {
			ld.checkpoint.high = ld.high
		}
		return err
	})
}

// enter writes the batch's row, which has no last place until it is whole.
func (ld *intake) enter(ctx context.Context) error {
	if ld.entered {
		return nil
	}
	ld.entered = true
	return ld.store.exec(ctx, `INSERT INTO batch (first, name, source, loaded_at) VALUES (?, ?, ?, ?)`,
		ld.first, ld.batch.Name, ld.batch.Source, time.Now().UnixMilli())
}

// count takes stock of a chunk of which added IDs were new.
func (ld *intake) count(added int64) {
	n := int64(ld.chunk.len())
	ld.next += n
	ld.loaded.New += added
	ld.loaded.Duplicates += n - added
	ld.chunk.clear()
}

// last is the batch's last place. An empty batch has one place too, which stays
// empty, so that no two batches begin at the same.
func (ld *intake) last() int64 { return max(ld.next-1, ld.first) }

// abandon removes what was written, also when ctx has ended.
func (ld *intake) abandon(ctx context.Context) error {
	if !ld.entered {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := ld.locked(ctx, func() error { return ld.sweep(ctx) })
	if errors.Is(err, queue.ErrClosed) {
		return nil // opening will sweep
	}
	return err
}

// sweep removes the batch that is not whole, if there is one, in steps.
func (l *lending) sweep(ctx context.Context) error {
	const step = `DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE seq > ? LIMIT 65536)`
	for removed := int64(1); removed > 0; {
		err := l.store.atomically(ctx, func(ctx context.Context) (err error) {
			removed, err = l.store.change(ctx, step, l.checkpoint.high)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove what an unfinished load left: %w", err)
		}
	}
	return l.store.atomically(ctx, func(ctx context.Context) error {
		if err := askedIn(l.store).unnote(ctx, l.checkpoint.high); err != nil {
			return err
		}
		if err := l.store.exec(ctx, `DELETE FROM named WHERE batch > ?`, l.checkpoint.high); err != nil {
			return err
		}
		return l.store.exec(ctx, `DELETE FROM batch WHERE last IS NULL`)
	})
}
