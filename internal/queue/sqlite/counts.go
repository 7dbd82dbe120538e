package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"cleaner/internal/queue"
)

// Counts implements queue.Queue. It reads the counters of the batches, not the
// tasks, and may be asked every second.
func (l *Ledger) Counts(ctx context.Context) (c queue.Counts, err error) {
	err = l.locked(ctx, func() error {
		c, err = l.store.counts(ctx)
		return err
	})
	return c, err
}

func (s *store) counts(ctx context.Context) (c queue.Counts, err error) {
	const query = `SELECT ifnull(sum(pending), 0), ifnull(sum(waiting), 0), ifnull(sum(deleted), 0), ifnull(sum(gone), 0),
		ifnull(sum(protected), 0), ifnull(sum(dead), 0), min(loaded_at) FILTER (WHERE pending > 0) FROM batch`
	var oldest sql.NullInt64
	err = s.one(ctx, query, nil, &c.Pending, &c.Waiting, &c.Deleted, &c.Gone, &c.Protected, &c.Dead, &oldest)
	if err != nil {
		return queue.Counts{}, fmt.Errorf("count task IDs: %w", err)
	}
	c.OldestPending = fromNullMillis(oldest)
	return c, nil
}
