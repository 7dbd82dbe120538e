package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"cleaner/internal/queue"
)

// chosen are the dead letters that a filter chooses: the code, the batch, the last moment
// and the place of the ID. An unset one chooses all.
const chosen = `due IS NULL AND (?1 = '' OR code = ?1) AND last_at < ?3 AND (?2 = '' OR seq BETWEEN
	(SELECT first FROM batch WHERE name = ?2) AND (SELECT last FROM batch WHERE name = ?2)) AND (?4 = 0 OR seq = ?4)`

// nowhere is the place of an ID that the ledger does not have.
const nowhere = -1

// place returns where the ID stands that f chooses; 0 when it chooses none. A batch that f
// names must be there.
func place(ctx context.Context, s *store, f queue.Filter) (seq int64, err error) {
	if f.Batch != "" {
		if _, err := batchNamed(ctx, s, f.Batch); err != nil {
			return 0, err
		}
	}
	if f.ID == "" {
		return 0, nil
	}
	var stored any = f.ID
	if k, ok := pack(f.ID); ok {
		stored = k[:]
	}
	err = s.one(ctx, `SELECT seq FROM task WHERE id = ?`, []any{stored}, &seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nowhere, nil
	}
	return seq, err
}

// arguments are the values of chosen for f, of which the last is its place.
func arguments(f queue.Filter, now time.Time) []any {
	before := int64(math.MaxInt64)
	if f.OlderThan > 0 {
		before = now.Add(-f.OlderThan).UnixMilli()
	}
	return []any{f.Code, f.Batch, before, int64(0)}
}

// deadPage is how many dead letters are read at once.
const deadPage = 256

// placed is a dead letter with its place in the ledger.
type placed struct {
	queue.DeadLetter
	seq int64
	at  int64 // LastAt as it is stored
}

// deadLetters yields what read returns, page after page.
func deadLetters(f queue.Filter, read func(args []any) ([]placed, error)) iter.Seq2[queue.DeadLetter, error] {
	return func(yield func(queue.DeadLetter, error) bool) {
		args := append(arguments(f, time.Now()), int64(math.MinInt64), int64(0), deadPage)
		for {
			page, err := read(args)
			if err != nil {
				yield(queue.DeadLetter{}, fmt.Errorf("read dead letters: %w", err))
				return
			}
			for _, p := range page {
				if !yield(p.DeadLetter, nil) {
					return
				}
			}
			if len(page) < deadPage {
				return
			}
			last := page[len(page)-1]
			args[4], args[5] = last.at, last.seq
		}
	}
}

// readDead reads a page of the dead letters that f chooses, after the one named by the
// fifth and sixth argument, the oldest first.
func readDead(ctx context.Context, s *store, f queue.Filter, args []any) (page []placed, err error) {
	if args[3], err = place(ctx, s, f); err != nil {
		return nil, err
	}
	const query = `SELECT seq, id, last_at, first_at, attempts, code, status, reason, request_id,
			(SELECT name FROM batch WHERE first <= seq ORDER BY first DESC LIMIT 1),
			ifnull((SELECT asked.reason FROM asked WHERE asked.seq = attempt.seq), ''), ifnull((SELECT by FROM asked WHERE asked.seq = attempt.seq), '')
		FROM attempt JOIN task USING (seq)
		WHERE ` + chosen + ` AND (last_at, seq) > (?5, ?6) ORDER BY last_at, seq LIMIT ?7`
	err = s.each(ctx, query, args, func(scan scan) error {
		var p placed
		var first sql.NullInt64
		err := scan(&p.seq, (*storedID)(&p.ID), &p.at, &first, &p.Attempts, &p.Code, &p.Status, &p.Reason, &p.RequestID, &p.Batch,
			&p.RequestedReason, &p.RequestedBy)
		p.FirstAt, p.LastAt = fromNullMillis(first), fromMillis(p.at)
		page = append(page, p)
		return err
	})
	return page, err
}

// letters implements the part of queue.DeadLetters that changes them.
type letters struct{ *lending }

// Requeue implements queue.DeadLetters. What may have taken effect unseen may still
// have done so: the next delivery says Lost if the last one did. They are due since
// they died, which is no later than now by any clock.
func (l letters) Requeue(ctx context.Context, f queue.Filter) (int64, error) {
	n, err := l.resolve(ctx, f, `UPDATE pass SET requeued = requeued + ?`,
		`UPDATE batch SET (dead, pending) = (SELECT dead - count(*), pending + count(*) FROM attempt
			WHERE seq BETWEEN first AND last AND `+chosen+`) WHERE dead > 0`,
		`UPDATE task SET state = 5, at = unixepoch() WHERE seq IN (SELECT seq FROM attempt WHERE `+chosen+`)`, // waiting
		`UPDATE attempt SET due = last_at, since = last_at, attempts = 0, first_at = NULL, code = '', status = 0,
			reason = '', request_id = '' WHERE `+chosen)
	if err != nil {
		return 0, fmt.Errorf("requeue dead letters: %w", err)
	}
	return n, nil
}

// Drop implements queue.DeadLetters.
func (l letters) Drop(ctx context.Context, f queue.Filter) (int64, error) {
	n, err := l.resolve(ctx, f, "",
		`UPDATE batch SET dead = dead - (SELECT count(*) FROM attempt
			WHERE seq BETWEEN first AND last AND `+chosen+`) WHERE dead > 0`,
		`DELETE FROM named WHERE seq IN (SELECT seq FROM attempt WHERE `+chosen+`)`,
		`DELETE FROM asked WHERE seq IN (SELECT seq FROM attempt WHERE `+chosen+`)`,
		`DELETE FROM task WHERE seq IN (SELECT seq FROM attempt WHERE `+chosen+`)`,
		`DELETE FROM attempt WHERE `+chosen)
	if err != nil {
		return 0, fmt.Errorf("drop dead letters: %w", err)
	}
	return n, nil
}

// resolve runs statements that take the arguments of f, in one transaction, and
// returns how many rows the last one wrote. The same transaction runs count, unless
// it is empty, with that number.
func (l letters) resolve(ctx context.Context, f queue.Filter, count string, statements ...string) (n int64, err error) {
	args := arguments(f, time.Now())
	err = l.locked(ctx, func() error {
		err := l.store.atomically(ctx, func(ctx context.Context) (err error) {
			if args[3], err = place(ctx, l.store, f); err != nil {
				return err
			}
			for _, statement := range statements {
				if n, err = l.store.change(ctx, statement, args...); err != nil {
					return err
				}
			}
			if err := l.markHeld(ctx); err != nil {
				return err
			}
			if count == "" {
				return nil
			}
			return l.store.exec(ctx, count, n)
		})
		l.look() // some may be due
		return err
	})
	return n, err
}
