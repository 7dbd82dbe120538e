package sqlite

import (
	"context"
	"fmt"
	"slices"

	"cleaner/internal/queue"
)

// Settle implements queue.Lender. Only what is lent can be settled: an outcome
// for anything else, or two for one ID, fail the whole call. After an error all
// leases stand as they were, and the call may be repeated.
func (p *pass) Settle(ctx context.Context, outcomes []queue.Outcome) error {
	err := p.locked(ctx, func(l *lender) error { return l.settle(ctx, p, outcomes) })
	if err != nil {
		return fmt.Errorf("settle %d outcomes: %w", len(outcomes), err)
	}
	return nil
}

// settle settles outcomes of IDs that are lent to the pass by.
func (l *lender) settle(ctx context.Context, by *pass, outcomes []queue.Outcome) error {
	p, err := newPlan(by.id, l.leases.held, outcomes, fromMillis(l.leases.clock.seen))
	if err != nil {
		return err
	}
	p.floor(by.began)
	l.holds.keepHeld(p)
	p.checkpoint = l.nextMark(p)
	if err := carryOut(ctx, l.store, p); err != nil {
		return err
	}
	l.leases.settle(p, &l.holds)
	for _, r := range l.within {
		r.wake.sooner(p.wake)
		r.giveBack(p.back)
	}
	if p.checkpoint != nil {
		l.checkpoint = *p.checkpoint
	}
	return nil
}

// nextMark is the checkpoint to be written with p; nil when it need not change. It
// changes when the ID that was tried alone is settled, and when few more IDs may
// be lent without a write.
func (l *lending) nextMark(p *plan) *checkpoint {
	_, alone := slices.BinarySearch(p.ended, l.checkpoint.alone)
	scarce := l.leases.handed > 0 && l.checkpoint.lent < min(l.leases.handed+reserve/2*l.leases.room, l.checkpoint.high)
	if !alone && (!scarce || len(p.tallies) == 0) {
		return nil
	}
	m := l.ahead(l.leases.handed)
	if alone {
		m.alone = 0
		if !p.unsentOnly() {
			m.accused, m.deaths = 0, 0 // it was sent, and nobody died
		}
	}
	return &m
}

// carryOut writes a plan in one transaction, if there is anything to write.
func carryOut(ctx context.Context, s *store, p *plan) error {
	if !p.writes() {
		return nil
	}
	return s.atomically(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context, *store, *plan) error{
			moveTasks, keepHistories, endHistories, returnTried, count, credit, advance,
		} {
			if err := step(ctx, s, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepHistories writes the history of IDs that wait or are dead.
func keepHistories(ctx context.Context, s *store, p *plan) error {
	const upsert = `INSERT OR REPLACE INTO attempt
		(seq, due, attempts, first_at, last_at, lost, code, status, reason, request_id, behind, since)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	for _, h := range p.histories {
		o := h.Outcome
		behind := 0
		if o.Behind && o.State == queue.Pending {
			behind = 1
		}
		if h.held && o.State == queue.Pending {
			behind += 2
		}
		err := s.exec(ctx, upsert, o.Delivery.Seq, h.due, o.Attempts, nullMillis(o.FirstAt), millis(o.At),
			o.Lost, o.Code, o.Status, o.Reason, o.RequestID, behind, millis(o.At))
		if err != nil {
			return err
		}
	}
	return nil
}

// endHistories removes the history of IDs that are settled well.
func endHistories(ctx context.Context, s *store, p *plan) error {
	if len(p.finished) == 0 {
		return nil
	}
	return s.exec(ctx, `DELETE FROM attempt WHERE seq IN (SELECT value FROM json_each(?))`, p.finished.json())
}

// returnTried gives back IDs that wait again, with the history they had.
func returnTried(ctx context.Context, s *store, p *plan) error {
	for _, l := range p.returned {
		lost := 0
		switch {
		case l.Alone:
			lost = lostOut // it was not tried, and is as suspect as it was
		case l.Lost:
			lost = 1
		}
		if err := s.exec(ctx, `UPDATE attempt SET due = ?, since = ?, lost = ? WHERE seq = ?`, l.due, l.since, lost, l.Seq); err != nil {
			return err
		}
	}
	return nil
}

// count changes the counters of the batches.
func count(ctx context.Context, s *store, p *plan) error {
	const update = `UPDATE batch SET pending = pending + ?, deleted = deleted + ?, gone = gone + ?,
		protected = protected + ?, dead = dead + ?, waiting = waiting + ? WHERE first = ?`
	for _, t := range p.tallies {
		n := t.change
		err := s.exec(ctx, update, n[queue.Pending], n[queue.Deleted], n[queue.Gone], n[queue.Protected], n[queue.Dead],
			n[waiting], t.batch)
		if err != nil {
			return err
		}
	}
	return nil
}

// advance writes the checkpoint of a plan that has one.
func advance(ctx context.Context, s *store, p *plan) error {
	if p.checkpoint == nil {
		return nil
	}
	return setMark(ctx, s, *p.checkpoint)
}
