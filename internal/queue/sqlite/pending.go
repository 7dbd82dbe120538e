package sqlite

import (
	"context"
	"fmt"
	"iter"

	"cleaner/internal/queue"
)

// pendingPage is how many pending IDs are read at once.
const pendingPage = 4096

// Pending implements queue.Auditor. It reads in pages and may be left at any time.
func (a auditor) Pending(ctx context.Context, s queue.Scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		where, arg, err := a.ofScope(ctx, s)
		if err != nil {
			yield("", fmt.Errorf("read pending task IDs: %w", err))
			return
		}
		for after, full := int64(0), true; full; {
			var page []string
			err := a.locked(ctx, func() (err error) {
				page, after, full, err = readPending(ctx, a.lending, after, where, arg)
				return err
			})
			if err != nil {
				yield("", fmt.Errorf("read pending task IDs: %w", err))
				return
			}
			for _, id := range page {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}

// ofScope is what chooses the tasks of a scope, with its argument ?2.
func (a auditor) ofScope(ctx context.Context, s queue.Scope) (where string, arg any, err error) {
	if s.Whole() {
		return "", nil, nil
	}
	err = a.locked(ctx, func() error {
		ps, err := partsOf(ctx, a.store, s)
		where, arg = ` AND `+ofScope, ps.json()
		return err
	})
	return where, arg, err
}

// readPending reads a page of the pending IDs above the place after that where chooses with
// its argument, and that are not held. It returns the last place that it has looked at, and
// whether there may be more behind it.
func readPending(ctx context.Context, l *lending, after int64, where string, arg any) (page []string, last int64, more bool, err error) {
	g := l.holds.gap(after+1, l.checkpoint.high)
	if l.holds.whole || g.places() <= 0 {
		return nil, after, false, nil
	}
	query := fmt.Sprintf(`SELECT seq, id FROM task WHERE seq BETWEEN ?1 AND ?3 AND `+isPending+`%s ORDER BY seq LIMIT %d`, where, pendingPage)
	err = l.store.each(ctx, query, []any{g.first, arg, g.last}, func(scan scan) error {
		var id string
		err := scan(&last, (*storedID)(&id))
		page = append(page, id)
		return err
	})
	if len(page) < pendingPage {
		last = g.last
	}
	return page, last, true, err
}
