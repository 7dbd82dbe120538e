package sqlite

import (
	"context"
	"fmt"
	"strings"

	"cleaner/internal/queue"
)

// This file keeps what was said with task IDs. A ledger in which nothing was said runs none
// of these statements but the one at its opening: see store.asked.

// recallAsked finds out whether anything was said.
func (l *lending) recallAsked(ctx context.Context) error {
	return l.store.one(ctx, `SELECT EXISTS (SELECT 1 FROM asked)`, nil, &l.store.asked)
}

// said is what was said with one ID of a chunk.
type said struct {
	id string
	queue.Asked
}

// note writes down what was said with IDs that the batch brings: those with a place of its
// own, and those that are withdrawn, which get one when it is whole. Of two of the same ID
// the first counts.
func (w writing) note(ctx context.Context, all []said) error {
	const note = `INSERT OR IGNORE INTO asked (seq, reason, by)
		SELECT seq, ?4, ?5 FROM task WHERE id IN (?1, ?2) AND (seq >= ?3 OR ` + isWithdrawn + `)`
	for _, s := range all {
		var id, upper any = s.id, s.id
		if k, ok := pack(s.id); ok {
			id, upper = k[:], nil
			if w.upper {
				upper = strings.ToUpper(s.id)
			}
		}
		if err := w.exec(ctx, note, id, upper, w.first, s.Reason, s.By); err != nil {
			return err
		}
		w.asked = true
	}
	return nil
}

// unnote removes what a load that is not whole said: with tasks above the place high, and
// with withdrawn ones that it has named.
func (t askedTable) unnote(ctx context.Context, high int64) error {
	const (
		ofOwn       = `DELETE FROM asked WHERE seq > ?`
		ofWithdrawn = `DELETE FROM asked WHERE seq IN (SELECT seq FROM named JOIN task USING (seq) WHERE batch > ? AND ` + isWithdrawn + `)`
	)
	if err := t.exec(ctx, ofOwn, high); err != nil {
		return err
	}
	return t.exec(ctx, ofWithdrawn, high)
}

// tellAsked fills in what was said with leases.
func (t *tasks) tellAsked(ctx context.Context, ls []lease) error {
	if !t.asked || len(ls) == 0 {
		return nil
	}
	var seqs seqList
	for _, l := range ls {
		seqs = seqs.add(l.Seq)
	}
	found := map[int64]*queue.Asked{}
	const query = `SELECT seq, reason, by FROM asked WHERE seq IN (SELECT value FROM json_each(?))`
	err := t.each(ctx, query, []any{seqs.json()}, func(scan scan) error {
		var seq int64
		var a queue.Asked
		err := scan(&seq, &a.Reason, &a.By)
		found[seq] = &a
		return err
	})
	for i := range ls {
		ls[i].Asked = found[ls[i].Seq]
	}
	return err
}

// drop removes what was said with tasks that are settled well, if no pass is under way.
// It belongs into the transaction that ends a pass.
func (t askedTable) drop(ctx context.Context) error {
	const drop = `DELETE FROM asked WHERE NOT EXISTS (SELECT 1 FROM pass)
		AND EXISTS (SELECT 1 FROM task WHERE task.seq = asked.seq AND ` + isSettled + `)`
	return t.exec(ctx, drop)
}

// askedTable has a row for each task ID with which something was said.
type askedTable struct{ *store }

func askedIn(s *store) askedTable { return askedTable{s} }

// exec runs a statement that has nothing to do where nothing was said.
func (t askedTable) exec(ctx context.Context, statement string, args ...any) error {
	if !t.asked {
		return nil
	}
	return t.store.exec(ctx, statement, args...)
}

// compareAsked looks for what was said with tasks that are not there.
func (a audit) compareAsked(ctx context.Context) error {
	var stray int64
	err := a.one(ctx, `SELECT count(*) FROM asked WHERE seq <= ? AND NOT EXISTS (SELECT 1 FROM task WHERE task.seq = asked.seq)`,
		[]any{a.checkpoint.high}, &stray)
	if err == nil && stray != 0 {
		err = fmt.Errorf("what was said with %d task IDs is kept, and they are not there", stray)
	}
	return err
}

// askedOf reads what was said from columns that are null when nothing was.
type askedOf struct{ reason, by *string }

// asked returns it.
func (a askedOf) asked() *queue.Asked {
	if a.reason == nil || a.by == nil {
		return nil
	}
	return &queue.Asked{Reason: *a.reason, By: *a.by}
}
