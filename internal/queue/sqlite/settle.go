package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// Settle implements queue.Queue. Only what is lent can be settled: an outcome
// for anything else, or two for one ID, fail the whole call. After an error all
// loans stand as they were, and the call may be repeated.
func (l *Ledger) Settle(ctx context.Context, outcomes []queue.Outcome) error {
	err := l.locked(ctx, func() error {
		p, err := newPlan(l.desk.loans, outcomes, time.Now())
		if err != nil {
			return err
		}
		p.floor(l.since)
		p.mark = l.nextMark(p)
		if err := l.carryOut(ctx, p); err != nil {
			return err
		}
		l.desk.settle(p)
		if p.mark != nil {
			l.mark = *p.mark
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle %d outcomes: %w", len(outcomes), err)
	}
	return nil
}

// nextMark is the mark to be written with p; nil when it need not change. It
// changes when the ID that was tried alone is settled, and when few more IDs may
// be lent without a write.
func (l *Ledger) nextMark(p *plan) *mark {
	_, alone := slices.BinarySearch(p.ended, l.mark.alone)
	scarce := l.desk.handed > 0 && l.mark.lent < min(l.desk.handed+reserve/2*l.desk.room, l.mark.high)
	if !alone && (!scarce || len(p.tallies) == 0) {
		return nil
	}
	m := l.ahead(l.desk.handed)
	if alone {
		m.alone = 0
		if !p.unsentOnly() {
			m.accused, m.deaths = 0, 0 // it was sent, and nobody died
		}
	}
	return &m
}

// carryOut writes a plan in one transaction, if there is anything to write.
func (l *Ledger) carryOut(ctx context.Context, p *plan) error {
	if len(p.tallies) == 0 && len(p.returned) == 0 && p.mark == nil {
		return nil
	}
	return l.store.atomically(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context, *plan) error{
			l.store.moveTasks, l.store.keepHistories, l.store.endHistories, l.store.returnTried, l.store.count, l.store.advance,
		} {
			if err := step(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepHistories writes the history of IDs that wait or are dead.
func (s *store) keepHistories(ctx context.Context, p *plan) error {
	const upsert = `INSERT OR REPLACE INTO attempt
		(seq, due, attempts, first_at, last_at, lost, code, status, reason, request_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	for _, h := range p.histories {
		o := h.Outcome
		err := s.exec(ctx, upsert, o.Delivery.Seq, h.due, o.Attempts, nullMillis(o.FirstAt), millis(o.At),
			o.Lost, o.Code, o.Status, o.Reason, o.RequestID)
		if err != nil {
			return err
		}
	}
	return nil
}

// endHistories removes the history of IDs that are settled well.
func (s *store) endHistories(ctx context.Context, p *plan) error {
	if len(p.finished) == 0 {
		return nil
	}
	return s.exec(ctx, `DELETE FROM attempt WHERE seq IN (SELECT value FROM json_each(?))`, p.finished.json())
}

// returnTried gives back IDs that wait again, with the history they had.
func (s *store) returnTried(ctx context.Context, p *plan) error {
	for _, l := range p.returned {
		lost := 0
		switch {
		case l.Alone:
			lost = lostOut // it was not tried, and is as suspect as it was
		case l.Lost:
			lost = 1
		}
		if err := s.exec(ctx, `UPDATE attempt SET due = ?, lost = ? WHERE seq = ?`, l.due, lost, l.Seq); err != nil {
			return err
		}
	}
	return nil
}

// count changes the counters of the batches.
func (s *store) count(ctx context.Context, p *plan) error {
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
