package sqlite

import (
	"context"
	"fmt"
	"iter"
)

// pendingPage is how many pending IDs are read at once.
const pendingPage = 4096

// Pending yields every pending ID, lent or not, in the order of the ledger. It
// reads in pages and may be left at any time.
func (l *Ledger) Pending(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for after := int64(0); ; {
			var page []string
			err := l.locked(ctx, func() (err error) {
				page, after, err = l.store.pendingPage(ctx, after)
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
			if len(page) < pendingPage {
				return
			}
		}
	}
}

// pendingPage reads the pending IDs above the place after, and the last place.
func (s *store) pendingPage(ctx context.Context, after int64) (page []string, last int64, err error) {
	const query = `SELECT seq, id FROM task WHERE seq > ? AND state IN (0, 5) ORDER BY seq LIMIT ?`
	err = s.each(ctx, query, []any{after, pendingPage}, func(scan scan) error {
		var id string
		err := scan(&last, (*storedID)(&id))
		page = append(page, id)
		return err
	})
	return page, last, err
}
