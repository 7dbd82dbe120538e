package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// errEnded is returned by every method of a pass after End.
var errEnded = errors.New("the pass has ended")

// pass is a queue.Pass under way. All passes lend from the same leases; each counts what
// was settled through it.
type pass struct {
	lender *lender
	id     queue.PassID
	began  int64 // in Unix seconds
	ended  bool  // guarded by the mutex of the file
}

// journal implements queue.Journal, but for Unfinished.
type journal struct{ *lender }

// Begin implements queue.Journal.
func (j journal) Begin(ctx context.Context, results string) (queue.Pass, error) {
	p := &pass{lender: j.lender, began: time.Now().Unix()}
	err := j.locked(ctx, func() (err error) {
		if err := holding(j).lift(ctx); err != nil {
			return err
		}
		p.id, err = passTable{j.store}.begin(ctx, p.began, results)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin a pass: %w", err)
	}
	return p, nil
}

// Finish implements queue.Journal.
func (j journal) Finish(ctx context.Context, id queue.PassID) error {
	err := j.locked(ctx, func() error {
		return j.store.atomically(ctx, func(ctx context.Context) error {
			return errors.Join(passTable{j.store}.end(ctx, id), askedIn(j.store).drop(ctx))
		})
	})
	if err != nil {
		return fmt.Errorf("finish a pass: %w", err)
	}
	return nil
}

// ID implements queue.Pass.
func (p *pass) ID() queue.PassID { return p.id }

// Note implements queue.Pass.
func (p *pass) Note(ctx context.Context, note string) error {
	err := p.locked(ctx, func(l *lender) error {
		return l.store.exec(ctx, `UPDATE pass SET note = ? WHERE id = ?`, note, p.id)
	})
	if err != nil {
		return fmt.Errorf("note the state of the pass: %w", err)
	}
	return nil
}

// Totals implements queue.Pass.
func (p *pass) Totals(ctx context.Context) (t queue.Totals, err error) {
	err = p.locked(ctx, func(l *lender) error {
		infos, err := passTable{l.store}.all(ctx)
		for _, info := range infos {
			if info.ID == p.id {
				t = info.Totals
				return err
			}
		}
		return errors.Join(err, fmt.Errorf("the ledger has no pass %d; something else has changed it", p.id))
	})
	if err != nil {
		return queue.Totals{}, fmt.Errorf("read the totals of the pass: %w", err)
	}
	return t, nil
}

// End implements queue.Pass.
func (p *pass) End(ctx context.Context) error {
	err := p.locked(ctx, func(l *lender) error {
		err := l.store.atomically(ctx, func(ctx context.Context) error {
			return errors.Join(holding{l}.dropIdle(ctx), passTable{l.store}.end(ctx, p.id), askedIn(l.store).drop(ctx))
		})
		if p.ended = err == nil; p.ended {
			delete(l.within, p.id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end a pass: %w", err)
	}
	return nil
}

// locked runs do while it holds the mutex of the ledger, unless the pass or ctx has
// ended.
func (p *pass) locked(ctx context.Context, do func(*lender) error) error {
	return p.lender.locked(ctx, func() error {
		if p.ended {
			return errEnded
		}
		return do(p.lender)
	})
}

// passTable has a row for each pass that has not ended.
type passTable struct{ *store }

// begin enters a pass, which finds what is pending now.
func (t passTable) begin(ctx context.Context, began int64, results string) (id queue.PassID, err error) {
	const enter = `INSERT INTO pass (began_at, results, note, found)
		VALUES (?, ?, '', (SELECT ifnull(sum(pending), 0) FROM batch)) RETURNING id`
	err = t.one(ctx, enter, []any{began, results}, &id)
	return id, err
}

func (t passTable) end(ctx context.Context, id queue.PassID) error {
	return t.exec(ctx, `DELETE FROM pass WHERE id = ?`, id)
}

// all returns the passes that have not ended, the oldest first.
func (t passTable) all(ctx context.Context) (all []queue.PassInfo, err error) {
	const query = `SELECT id, began_at, results, note, found, loaded, requeued, elsewhere, deleted, gone, protected, dead,
		(SELECT ifnull(sum(pending), 0) FROM batch), ` + heldInPass + ` FROM pass ORDER BY id`
	err = t.each(ctx, query, nil, func(scan scan) error {
		var p queue.PassInfo
		var began int64
		t := &p.Totals
		err := scan(&p.ID, &began, &p.Results, &p.Note, &t.Found, &t.Loaded, &t.Requeued, &t.Elsewhere,
			&t.IDs[queue.Deleted], &t.IDs[queue.Gone], &t.IDs[queue.Protected], &t.IDs[queue.Dead], &t.IDs[queue.Pending], &t.Held)
		p.Began = time.Unix(began, 0).UTC()
		all = append(all, p)
		return err
	})
	return all, err
}

// credit counts what a plan settles for the pass that settles it, and for the
// others as settled elsewhere.
func credit(ctx context.Context, s *store, p *plan) error {
	n := p.settled()
	if n.Sum() == 0 {
		return nil
	}
	const update = `UPDATE pass SET deleted = deleted + iif(id = ?1, ?2, 0), gone = gone + iif(id = ?1, ?3, 0),
		protected = protected + iif(id = ?1, ?4, 0), dead = dead + iif(id = ?1, ?5, 0), elsewhere = elsewhere + iif(id = ?1, 0, ?6)`
	return s.exec(ctx, update, p.pass, n[queue.Deleted], n[queue.Gone], n[queue.Protected], n[queue.Dead], n.Sum())
}

// compare looks for passes whose totals do not add up to what is pending.
func (t passTable) compare(ctx context.Context) error {
	all, err := t.all(ctx)
	for _, p := range all {
		if t := p.Totals; t.Total() != t.IDs.Sum() {
			err = errors.Join(err, fmt.Errorf("pass %d has had %d task IDs to deal with, but those that it settled and those pending make %d",
				p.ID, t.Total(), t.IDs.Sum()))
		}
	}
	return err
}
