package sqlite

import (
	"context"
	"slices"
	"time"
)

// holds is what is held, as the lending knows it.
type holds struct {
	whole bool    // nothing is lent
	spans []span  // of the held batches, in order
	put   []int64 // the numbers of holds that were put since the pass began
	// skipped is a place below which no fresh ID stands that was passed over because it
	// is held; never when none was.
	skipped int64
}

// skip notes that a fresh ID at or above a place is passed over.
func (h *holds) skip(seq int64) { h.skipped = min(h.skipped, seq) }

// covers reports whether the ID at a place is in a held batch.
func (h *holds) covers(seq int64) bool {
	_, found := slices.BinarySearchFunc(h.spans, seq, func(s span, seq int64) int {
		switch {
		case s.last < seq:
			return -1
		case s.first > seq:
			return 1
		}
		return 0
	})
	return found
}

// gap returns the first range of places from first to last in which nothing is held; an
// empty one when there is none.
func (h *holds) gap(first, last int64) span {
	for _, s := range h.spans {
		switch {
		case s.last < first:
		case s.first > first:
			return span{first: first, last: min(s.first-1, last)}
		default:
			first = s.last + 1
		}
	}
	return span{first: first, last: last}
}

// gaps returns all ranges from first to last in which nothing is held.
func (h *holds) gaps(first, last int64) (all []span) {
	for first <= last {
		g := h.gap(first, last)
		if g.places() <= 0 {
			break
		}
		all = append(all, g)
		first = g.last + 1
	}
	return all
}

// places is how many places s has.
func (s span) places() int64 { return s.last - s.first + 1 }

// passOver takes what is held out of what can be lent.
func (d *leases) passOver(h *holds) {
	d.fresh = slices.DeleteFunc(d.fresh, func(l lease) bool {
		held := h.covers(l.Seq)
		if held {
			h.skip(l.Seq)
		}
		return held
	})
	d.doubt.waiting = slices.DeleteFunc(d.doubt.waiting, func(l lease) bool {
		held := h.covers(l.Seq)
		d.doubt.held = d.doubt.held || held
		return held
	})
	if d.doubt.died && len(h.spans) > 0 && h.spans[0].first <= d.doubt.fresh {
		d.doubt.held = true
	}
}

// rewind has everything looked for again from the first place where a fresh ID may stand.
func (d *leases) rewind(h *holds) {
	d.cursor = min(d.low(), h.skipped-1)
	d.fresh, h.skipped = nil, never
	d.wake = wakes{}
	d.doubt.held = false
}

// settleDoubt writes down, one by one, which fresh IDs may have been sent when the last
// process ended, if batches are held. The checkpoint says so of all up to a place: while a
// held batch is passed over, that would come to cover IDs that were never sent.
func (l holding) settleDoubt(ctx context.Context) error {
	if len(l.holds.spans) == 0 {
		return nil
	}
	upTo, lost := l.leases.doubt.fresh, 1
	if l.leases.doubt.died {
		lost = lostOut
	}
	m := l.checkpoint
	m.lent = 0
	err := l.store.atomically(ctx, func(ctx context.Context) error {
		now := time.Now().UnixMilli()
		for _, g := range l.holds.gaps(m.low+1, upTo) {
			if err := l.tasks.enterDoubtful(ctx, g, now, lost); err != nil {
				return err
			}
		}
		for _, s := range l.holds.spans {
			var lent int64
			if err := l.store.one(ctx, `SELECT max(lent) FROM hold WHERE kept = 1 AND first = ?`, []any{s.first}, &lent); err != nil {
				return err
			}
			s.last = min(s.last, lent, upTo)
			if err := l.tasks.enterDoubtful(ctx, s, now, lost); err != nil {
				return err
			}
		}
		if err := l.store.exec(ctx, `UPDATE hold SET lent = 0 WHERE kept = 1 AND lent > 0`); err != nil {
			return err
		}
		if err := l.markHeld(ctx); err != nil {
			return err
		}
		return setMark(ctx, l.store, m)
	})
	if err == nil {
		l.checkpoint, l.leases.doubt.fresh, l.leases.doubt.held = m, 0, false
	}
	return err
}

// enterDoubtful gives the fresh IDs of a range a row that says that they may have been sent.
func (t *tasks) enterDoubtful(ctx context.Context, s span, now int64, lost int) error {
	if s.places() <= 0 {
		return nil
	}
	const enter = `INSERT INTO attempt (seq, due, since, attempts, last_at, lost, code, status, reason, request_id)
		SELECT seq, ?3, ?3, 0, ?3, ?4, '', 0, '', '' FROM task WHERE seq BETWEEN ?1 AND ?2 AND ` + isFresh
	if err := t.exec(ctx, enter, s.first, s.last, now, lost); err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE task SET state = ? WHERE seq BETWEEN ? AND ? AND `+isFresh, int64(waiting), s.first, s.last)
}

// keepHeld has the histories of a plan stand in no queue that is lent from, when their
// batch is held, and fresh IDs of one not be lent again.
func (h *holds) keepHeld(p *plan) {
	if len(h.spans) == 0 {
		return
	}
	for i := range p.histories {
		p.histories[i].held = h.covers(p.histories[i].Delivery.Seq)
	}
}
