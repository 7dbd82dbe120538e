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

// Pass is the pass under way, or one that a death cut short.
type Pass struct {
	// Began is when it began. No ID that it settles is older in the ledger.
	Began time.Time
	// Results is the file that is told what it settles; empty for none.
	Results string
	// Note says what holds it up, for people; empty when nothing does.
	Note string
}

// Begin writes down that a pass begins, in place of an unfinished one.
func (l *Ledger) Begin(ctx context.Context, results string) error {
	began := time.Now().Unix()
	err := l.locked(ctx, func() error {
		err := l.store.exec(ctx, `INSERT OR REPLACE INTO pass VALUES (1, ?, ?, '')`, began, results)
		if err == nil {
			l.since = began
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a pass: %w", err)
	}
	return nil
}

// Note changes the note of the pass under way.
func (l *Ledger) Note(ctx context.Context, note string) error {
	err := l.locked(ctx, func() error { return l.store.exec(ctx, `UPDATE pass SET note = ?`, note) })
	if err != nil {
		return fmt.Errorf("note the state of the pass: %w", err)
	}
	return nil
}

// End writes down that the pass is over and that all it settled has been told.
func (l *Ledger) End(ctx context.Context) error {
	err := l.locked(ctx, func() error { return l.store.exec(ctx, `DELETE FROM pass`) })
	if err != nil {
		return fmt.Errorf("end a pass: %w", err)
	}
	return nil
}

// Unfinished returns the pass that has not ended, if there is one: before Begin
// it is one whose process died.
func (l *Ledger) Unfinished(ctx context.Context) (p Pass, ok bool, err error) {
	err = l.locked(ctx, func() error {
		p, ok, err = l.store.pass(ctx)
		return err
	})
	return p, ok, err
}

// Pass returns the pass under way; ok is false when there is none.
func (r *Reader) Pass(ctx context.Context) (p Pass, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.pass(ctx)
}

func (s *store) pass(ctx context.Context) (p Pass, ok bool, err error) {
	var began int64
	err = s.one(ctx, `SELECT began_at, results, note FROM pass`, nil, &began, &p.Results, &p.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return Pass{}, false, nil
	}
	p.Began = time.Unix(began, 0).UTC()
	return p, err == nil, err
}

// settledPage is how many settled IDs are read at once.
const settledPage = 1024

// tellingLost is the reason of an ID of which the ledger keeps no more than its
// end.
const tellingLost = "settled before the process died; only the ledger's record of it is left"

// SettledSince yields what was settled at t or later, in the order of the ledger.
// Of an ID that was settled well the ledger keeps the state and its time alone,
// to the second: the other fields are empty, and Reason says so. It reads the
// whole ledger, in pages.
func (l *Ledger) SettledSince(ctx context.Context, t time.Time) iter.Seq2[queue.Outcome, error] {
	return func(yield func(queue.Outcome, error) bool) {
		for after := int64(0); ; {
			var page []queue.Outcome
			err := l.locked(ctx, func() (err error) {
				page, err = l.store.settledPage(ctx, t.Unix(), after)
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

// settledPage reads what was settled at since or later, above the place after.
func (s *store) settledPage(ctx context.Context, since, after int64) (page []queue.Outcome, err error) {
	const query = `SELECT seq, id, state, at, ifnull(attempts, 0), first_at, ifnull(code, ''), ifnull(status, 0),
			ifnull(reason, ?), ifnull(request_id, ''), (SELECT name FROM batch WHERE first <= seq ORDER BY first DESC LIMIT 1)
		FROM task LEFT JOIN attempt USING (seq) WHERE seq > ? AND state BETWEEN 1 AND 4 AND at >= ? ORDER BY seq LIMIT ?`
	err = s.each(ctx, query, []any{tellingLost, after, since, settledPage}, func(scan scan) error {
		var o queue.Outcome
		var at int64
		var first sql.NullInt64
		d := &o.Delivery
		err := scan(&d.Seq, (*storedID)(&d.ID), &o.State, &at, &o.Attempts, &first, &o.Code, &o.Status, &o.Reason, &o.RequestID, &d.Batch)
		o.At, o.FirstAt = time.Unix(at, 0).UTC(), fromNullMillis(first)
		page = append(page, o)
		return err
	})
	return page, err
}
