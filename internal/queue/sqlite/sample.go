package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// looksEach is how many places are looked at, for each ID that is asked for, before
// all fresh IDs are read: then fewer than one of so many places has one.
const looksEach = 64

// Sample implements queue.Lender. What it lends is not taken from the head, as Take
// does, so the checkpoint of what may have been sent does not cover it: each has a row
// in attempt while it is lent, which says so, and is fresh again, in its old place,
// when it is given back unsent.
func (p *pass) Sample(ctx context.Context, n int, now time.Time) (ds []queue.Delivery, err error) {
	err = p.locked(ctx, func(l *lender) error {
		if ready, err := l.canLend(ctx, p, n, now); err != nil || !ready {
			return err
		}
		if suspects, err := l.suspects(ctx, p); err != nil || suspects {
			return err
		}
		var chosen []lease
		if r := l.within[p.id]; r != nil {
			chosen, err = confined{l, r}.sample(ctx, n)
		} else {
			chosen, err = l.sampler.choose(ctx, n)
		}
		if err != nil || len(chosen) == 0 {
			return err
		}
		ds, err = l.sampler.lend(ctx, chosen, now.UnixMilli())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sample task IDs: %w", err)
	}
	return ds, nil
}

// sampler lends fresh IDs out of turn.
type sampler struct {
	*lending
	tasks  *tasks
	random func(n int64) int64
}

// choose returns up to n fresh IDs, each with the same chance.
func (l *sampler) choose(ctx context.Context, n int) (chosen []lease, err error) {
	first := l.leases.cursor + 1
	if len(l.leases.fresh) > 0 {
		first = l.leases.fresh[0].Seq
	}
	first = max(first, l.leases.doubt.fresh+1) // below, they may have been sent
	open := l.holds.gaps(first, l.checkpoint.high)
	places := int64(0)
	for _, g := range open {
		places += g.places()
	}
	if places == 0 {
		return nil, nil
	}
	taken := map[int64]bool{}
	for looks := n * looksEach; len(chosen) < n && looks > 0; looks-- {
		found, ok, err := l.freshAt(ctx, placeIn(open, l.random(places)))
		if err != nil {
			return nil, err
		}
		if ok && !taken[found.Seq] {
			taken[found.Seq] = true
			chosen = append(chosen, found)
		}
	}
	if len(chosen) == n {
		return chosen, nil
	}
	rest, err := l.chooseOfAll(ctx, first, n-len(chosen), taken)
	return append(chosen, rest...), err
}

// placeIn returns the nth place of all ranges, counted from 0.
func placeIn(ranges []span, n int64) int64 {
	for _, r := range ranges {
		if n < r.places() {
			return r.first + n
		}
		n -= r.places()
	}
	return 0 // there is no such place
}

// freshAt returns the fresh ID at the place seq, if there is one.
func (l *sampler) freshAt(ctx context.Context, seq int64) (found lease, ok bool, err error) {
	at, ok := slices.BinarySearchFunc(l.leases.fresh, seq, func(f lease, seq int64) int { return cmp.Compare(f.Seq, seq) })
	switch {
	case ok:
		return l.leases.fresh[at], true, nil
	case seq <= l.leases.cursor: // it would be among these
		return lease{}, false, nil
	}
	err = l.store.one(ctx, `SELECT seq, id FROM task WHERE seq = ? AND `+isFresh, []any{seq}, &found.Seq, (*storedID)(&found.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return lease{}, false, nil
	}
	return found, err == nil, err
}

// chooseOfAll reads all fresh IDs from first on and chooses n of them, each with
// the same chance, but none that is taken.
func (l *sampler) chooseOfAll(ctx context.Context, first int64, n int, taken map[int64]bool) (chosen []lease, err error) {
	seen := int64(0)
	consider := func(f lease) {
		if f.Seq < first || taken[f.Seq] {
			return
		}
		seen++
		if len(chosen) < n {
			chosen = append(chosen, f)
		} else if at := l.random(seen); at < int64(n) {
			chosen[at] = f
		}
	}
	for _, f := range l.leases.fresh {
		consider(f)
	}
	const query = `SELECT seq, id FROM task WHERE seq > ? AND seq <= ? AND ` + isFresh
	for _, g := range l.holds.gaps(l.leases.cursor+1, l.checkpoint.high) {
		err := l.store.each(ctx, query, []any{g.first - 1, g.last}, func(scan scan) error {
			var f lease
			err := scan(&f.Seq, (*storedID)(&f.ID))
			if _, lent := l.leases.held[f.Seq]; !lent { // after a rewind
				consider(f)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// lend writes down, at once for all, that chosen may have been sent from now
// on, and lends them.
func (l *sampler) lend(ctx context.Context, chosen []lease, now int64) (ds []queue.Delivery, err error) {
	if err := l.tasks.nameBatches(ctx, chosen); err != nil {
		return nil, err
	}
	m := l.working()
	seqs := make([]int64, len(chosen))
	var list seqList
	for i := range chosen {
		seqs[i], list = chosen[i].Seq, list.add(chosen[i].Seq)
		chosen[i].tried, chosen[i].sampled, chosen[i].due = true, true, now
	}
	err = l.store.atomically(ctx, func(ctx context.Context) error {
		if err := setMark(ctx, l.store, m); err != nil {
			return err
		}
		return l.tasks.enterSampled(ctx, list, len(seqs), now)
	})
	if err != nil {
		return nil, err
	}
	l.checkpoint = m
	l.leases.forget(seqs)
	for _, c := range chosen {
		ds = append(ds, l.leases.lend(c))
	}
	return ds, nil
}

// enterSampled gives n fresh IDs a row that says that they are lent.
func (t *tasks) enterSampled(ctx context.Context, list seqList, n int, now int64) error {
	const enter = `INSERT INTO attempt (seq, due, since, attempts, last_at, lost, code, status, reason, request_id)
		SELECT value, ?1, ?1, 0, ?1, 2, '', 0, '', '' FROM json_each(?2)`
	if err := t.exec(ctx, enter, now, list.json()); err != nil {
		return err
	}
	const wait = `UPDATE task SET state = ? WHERE seq IN (SELECT value FROM json_each(?)) AND ` + isFresh
	found, err := t.change(ctx, wait, int64(waiting), list.json())
	if err == nil && found != int64(n) {
		err = fmt.Errorf("%d of %d task IDs are fresh in the file; something else has changed the ledger", found, n)
	}
	return err
}
