package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"cleaner/internal/queue"
)

// settledPage is how many settled IDs are read at once.
const settledPage = 1024

// tellingLost is the reason of an ID of which the ledger keeps no more than its
// end.
const tellingLost = "settled before the process died; only the ledger's record of it is left"

// SettledSince implements queue.Journal. It reads the whole ledger, in pages.
func (j journal) SettledSince(ctx context.Context, t time.Time) iter.Seq2[queue.Outcome, error] {
	return func(yield func(queue.Outcome, error) bool) {
		for after := int64(0); ; {
			var page []queue.Outcome
			err := j.locked(ctx, func() (err error) {
				page, err = readSettled(ctx, j.store, t.Unix(), after)
				return err
			})
			if err != nil {
				yield(queue.Outcome{}, fmt.Errorf("read what was settled since %v: %w", t, err))
				return
			}
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
				after = o.Delivery.Seq
			}
			if len(page) < settledPage {
				return
			}
		}
	}
}

// readSettled reads a page of what was settled at since or later, above the place after.
func readSettled(ctx context.Context, s *store, since, after int64) (page []queue.Outcome, err error) {
	const query = `SELECT task.seq, id, state, at, ifnull(attempts, 0), first_at, ifnull(code, ''), ifnull(status, 0),
			ifnull(attempt.reason, ?), ifnull(request_id, ''), (SELECT name FROM batch WHERE first <= task.seq ORDER BY first DESC LIMIT 1),
			asked.reason, by
		FROM task LEFT JOIN attempt USING (seq) LEFT JOIN asked ON asked.seq = task.seq
		WHERE task.seq > ? AND state BETWEEN 1 AND 4 AND at >= ? ORDER BY task.seq LIMIT ?`
	err = s.each(ctx, query, []any{tellingLost, after, since, settledPage}, func(scan scan) error {
		var o queue.Outcome
		var at int64
		var first sql.NullInt64
		var said askedOf
		d := &o.Delivery
		err := scan(&d.Seq, (*storedID)(&d.ID), &o.State, &at, &o.Attempts, &first, &o.Code, &o.Status, &o.Reason, &o.RequestID, &d.Batch,
			&said.reason, &said.by)
		o.At, o.FirstAt = time.Unix(at, 0).UTC(), fromNullMillis(first)
		d.Asked = said.asked()
		page = append(page, o)
		return err
	})
	return page, err
}
