package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"cleaner/internal/queue"
)

// loader implements queue.Loader.
type loader struct {
	*lending
	loading chan struct{} // holds a token while a load is under way
	most    int           // how many bytes of IDs a load holds in memory
}

// Load implements queue.Loader. IDs of the service's form are written when all have been
// read, in order, because an index grows cheaply only in order: 32,768 at a time are
// sorted and spilled to disk, and then merged. So the order of the ledger is nearly by ID within
// a load (see window), and by time between loads. Chunks in which something was said, or
// most IDs have another form, are written as they come.
//
// One load runs at a time and a second waits for it: an ID that is a duplicate
// of one just being loaded would be lost if that load then failed. Taking and
// settling go on between the transactions.
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
	ld := intake{lending: l.lending, batch: b, chunk: &chunk{most: l.most}, loaded: queue.Loaded{Batch: b.Name}}
	if ld.store.mode.transaction().kept {
		ld.spill.folder = filepath.Dir(l.path)
	}
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
	spill   spill
	first   int64 // the batch's first place
	next    int64 // the next place to be given
	high    int64 // the last place of the ledger once the batch is whole; 0 before
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

// run reads all IDs and writes them down. It removes what it spilled in any case:
// where the disk is full, that makes room for taking back what was written.
func (ld *intake) run(ctx context.Context, ids iter.Seq2[string, error]) error {
	defer ld.spill.close()
	for id, err := range ids {
		if err != nil {
			return err
		}
		var a *queue.Asked
		if ld.batch.Asked != nil {
			a = ld.batch.Asked()
		}
		if ld.chunk.add(id, a); ld.chunk.full() {
			if err := ld.empty(ctx); err != nil {
				return err
			}
		}
	}
	return ld.finish(ctx)
}

// empty makes room in a full chunk.
func (ld *intake) empty(ctx context.Context) error {
	if ld.chunk.mostlyKeys() {
		_, err := ld.spillKeys(ctx)
		return err
	}
	return ld.write(ctx, ld.chunk.inOrder(), nil) // what was said needs the places of its IDs
}

// spillKeys spills the keys of the chunk to disk, and returns the memory that they had.
func (ld *intake) spillKeys(ctx context.Context) (room []key, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ld.chunk.sort()
	err = ld.spill.write(ld.chunk.keys)
	return ld.chunk.clearKeys(), err
}

// finish writes what is not written yet, and makes the batch whole.
func (ld *intake) finish(ctx context.Context) error {
	if len(ld.spill.runs) == 0 {
		return ld.write(ctx, ld.chunk.inOrder(), sealing{ld}.seal)
	}
	room, err := ld.spillKeys(ctx)
	if err != nil {
		return err
	}
	m, err := ld.spill.merge(room)
	if err != nil {
		return err
	}
	return ld.write(ctx, m, sealing{ld}.seal)
}

// write writes the keys of m, some in each transaction, with the last of them what else
// the chunk has, and what then says.
func (ld *intake) write(ctx context.Context, m *merged, then func(context.Context) error) error {
	for more := true; more; {
		err := ld.transaction(ctx, func(ctx context.Context, w writing) error {
			n, added, err := w.merged(ctx, m, ld.next)
			if err != nil {
				return err
			}
			ld.count(n, added)
			if more = !m.done(); more {
				return nil
			}
			return ld.writeRest(ctx, w, then)
		})
		if err != nil {
			return err
		}
	}
	ld.chunk.clear()
	return nil
}

// writeRest writes what the chunk has beside keys, and what then says.
func (ld *intake) writeRest(ctx context.Context, w writing, then func(context.Context) error) error {
	added, err := w.texts(ctx, ld.chunk.texts, ld.next)
	if err != nil {
		return err
	}
	ld.count(int64(len(ld.chunk.texts)), added)
	if err := w.note(ctx, ld.chunk.said); err != nil || then == nil {
		return err
	}
	return then(ctx)
}

// transaction lets do write in a transaction, for which it has the ledger.
func (ld *intake) transaction(ctx context.Context, do func(context.Context, writing) error) error {
	return ld.locked(ctx, func() error {
		err := ld.store.atomically(ctx, func(ctx context.Context) error {
			if err := ld.enter(ctx); err != nil {
				return err
			}
			r, err := newRenewal(ctx, ld.store, ld.batch.Renew)
			if err != nil {
				return err
			}
			return do(ctx, writing{ld.store, ld.first, ld.upper, r})
		})
		if err == nil && ld.high > 0 {
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

// count takes stock of n IDs that were written, of which added were new.
func (ld *intake) count(n, added int64) {
	ld.next += n
	ld.loaded.New += added
	ld.loaded.Duplicates += n - added
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

// sweepStep is how many IDs a step of sweep removes.
const sweepStep = 65_536

// sweep removes the batch that is not whole, if there is one, in steps. When the process
// ends between two of them, the next that opens the ledger goes on.
func (l *lending) sweep(ctx context.Context) error {
	const step = `DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE seq > ? LIMIT ?)`
	for removed, all, n := int64(0), int64(0), int64(1); n > 0; {
		err := l.store.atomically(ctx, func(ctx context.Context) (err error) {
			n, err = l.store.change(ctx, step, l.checkpoint.high, sweepStep)
			return err
		})
		removed += n
		if err == nil && all == 0 && n == sweepStep { // there may be many more
			err = l.store.one(ctx, `SELECT count(*) FROM task WHERE seq > ?`, []any{l.checkpoint.high}, &all)
			all += removed
		}
		if err != nil {
			return fmt.Errorf("remove what an unfinished load left: %w", err)
		}
		if all > removed && l.removing != nil {
			l.removing(removed, all)
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
