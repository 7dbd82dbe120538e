package sqlite

import (
	"cmp"
	"context"
	"math"
	"slices"

	"cleaner/internal/queue"
)

// This file lends to a pass that is confined to a scope. What is out of the scope is
// neither lent nor passed by: it stays where the next pass looks for it. So fresh IDs
// are lent out of turn, as samples are: each says in the file that it may be sent.

// reach is what a pass that is confined may lend.
type reach struct {
	parts parts
	wake  wakes
}

// part is half of what one batch of a scope has named: its own IDs, or those of others.
type part struct {
	span
	fresh, waiting string // what selects its IDs
	cursor         int64  // its fresh IDs up to here have been lent
}

// parts are both halves of each batch of a scope.
type parts []part

// partsOf looks the batches of a scope up.
func partsOf(ctx context.Context, s *store, scope queue.Scope) (ps parts, err error) {
	for _, name := range scope.Batches() {
		b, err := batchNamed(ctx, s, name)
		if err != nil {
			return nil, err
		}
		ps = append(ps, part{span: b, fresh: freshOwn, waiting: waitingOwn}, part{span: b, fresh: freshNamed, waiting: waitingNamed})
	}
	return ps, nil
}

// json returns the first places as a JSON array: the keys of the batches.
func (ps parts) json() string {
	var firsts seqList
	for _, p := range ps {
		firsts = firsts.add(p.first)
	}
	return firsts.json()
}

// giveBack has fresh IDs that were not sent be lent again.
func (r *reach) giveBack(back []lease) {
	for _, l := range back {
		for i := range r.parts {
			r.parts[i].cursor = min(r.parts[i].cursor, l.Seq-1)
		}
	}
}

// look has all IDs within reach be looked for in the file.
func (r *reach) look() {
	r.wake = wakes{}
	for i := range r.parts {
		r.parts[i].cursor = 0
	}
}

// Confine implements queue.Pass.
func (p *pass) Confine(ctx context.Context, s queue.Scope) error {
	return p.locked(ctx, func(l *lender) error {
		delete(l.within, p.id)
		if s.Whole() {
			return nil
		}
		ps, err := partsOf(ctx, l.store, s)
		if err == nil {
			l.within[p.id] = &reach{parts: ps}
		}
		return err
	})
}

// confined lends what is within reach.
type confined struct {
	*lender
	reach *reach
}

// lend is lend for a pass that is confined.
func (l confined) lend(ctx context.Context, n int, now int64) (ds []queue.Delivery, blocked bool, err error) {
	only, suspect, err := l.suspect(ctx, now)
	switch {
	case err != nil:
		return nil, false, err
	case suspect && len(l.leases.held) > 0:
		return nil, true, nil
	case suspect:
		ds, err = l.lendAlone(ctx, only)
		return ds, false, err
	}
	fresh, err := l.fresh(ctx, n)
	if err != nil {
		return nil, false, err
	}
	turns := [queues]int{n, n}
	if len(fresh) > 0 {
		turns = [queues]int{max(n/turnsOfWaiting, 1), 0}
	}
	if ds, err = l.waiting(ctx, turns, now); err != nil {
		return nil, false, err
	}
	fresh = fresh[:min(len(fresh), n-len(ds))]
	if len(fresh) == 0 {
		return ds, false, nil
	}
	more, err := l.sampler.lend(ctx, fresh, now)
	return append(ds, more...), false, err
}

// notHeld leaves out the tasks of held batches.
const notHeld = ` AND NOT EXISTS (SELECT 1 FROM hold WHERE kept = 1 AND first > 0 AND task.seq BETWEEN first AND last)`

// The fresh IDs of a batch, its own, which are held when it is, and those that it has
// named. Both take the batch's first and last place, above which place, up to which, and
// how many. SQLite refuses arguments that a statement does not name: ?2 > 0, which is
// always true, names the last place where it is not needed.
const (
	freshOwn   = `SELECT seq, id FROM task WHERE seq BETWEEN max(?1, ?3 + 1) AND min(?2, ?4) AND ` + isFresh + ` ORDER BY seq LIMIT ?5`
	freshNamed = `SELECT seq, id FROM named CROSS JOIN task USING (seq)
		WHERE batch = ?1 AND ?2 > 0 AND named.seq > ?3 AND named.seq <= ?4 AND ` + isFresh + notHeld + ` ORDER BY named.seq LIMIT ?5`
)

// freshOf returns up to n fresh IDs of a part that are not held, as far as the place last.
func (l confined) freshOf(ctx context.Context, p *part, last int64, n int) (fresh []lease, err error) {
	if p.fresh == freshOwn && l.holds.covers(p.first) {
		return nil, nil
	}
	read := 0
	err = l.store.each(ctx, p.fresh, []any{p.first, p.last, p.cursor, last, n + len(l.leases.held)}, func(scan scan) error {
		var f lease
		err := scan(&f.Seq, (*storedID)(&f.ID))
		if read++; read == 1 {
			p.cursor = f.Seq - 1 // when it is lent it is no longer fresh
		}
		f.Lost = f.Seq <= l.leases.doubt.fresh
		if _, lent := l.leases.held[f.Seq]; !lent && len(fresh) < n {
			fresh = append(fresh, f)
		}
		return err
	})
	if err == nil && read == 0 {
		p.cursor = max(p.cursor, last)
	}
	return fresh, err
}

// fresh returns up to n fresh IDs. The caller lends the first of them, or none.
func (l confined) fresh(ctx context.Context, n int) (fresh []lease, err error) {
	for i := 0; i < len(l.reach.parts) && len(fresh) < n; i++ {
		found, err := l.freshOf(ctx, &l.reach.parts[i], math.MaxInt64, n)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			twice := slices.ContainsFunc(fresh, func(k lease) bool { return k.Seq == f.Seq })
			if !twice && len(fresh) < n {
				fresh = append(fresh, f)
			}
		}
	}
	return fresh, nil
}

// The waiting IDs of a batch, its own and those that it has named, of a queue in the
// order of their due times. What is held is in neither queue. As above, ?2 > 0 only names
// the last place.
const (
	waitingOwn   = waiterColumns + `attempt.seq BETWEEN ?1 AND ?2 AND +behind = ?3 ORDER BY due, seq LIMIT ?4`
	waitingNamed = waiterColumns + `attempt.seq IN (SELECT seq FROM named WHERE batch = ?1 AND ?2 > 0) AND +behind = ?3
		ORDER BY due, seq LIMIT ?4`
)

// waiting lends up to so many waiting IDs of each queue, as lendTurns does.
func (l confined) waiting(ctx context.Context, turns [queues]int, now int64) (ds []queue.Delivery, err error) {
	return l.lendTurns(ctx, &l.reach.wake, turns, now, func(q, n int) (all []lease, err error) {
		for _, p := range l.reach.parts {
			some, err := l.tasks.waiters(ctx, p.waiting, p.first, p.last, q, n)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		slices.SortFunc(all, func(a, b lease) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.Seq, b.Seq)) })
		return slices.CompactFunc(all, func(a, b lease) bool { return a.Seq == b.Seq }), nil
	})
}

// suspect returns the ID within reach that is to be lent alone next: a fresh one,
// or the waiting one that is due the longest, if it is due at now.
func (l confined) suspect(ctx context.Context, now int64) (only lease, found bool, err error) {
	d := l.leases.doubt
	if !d.died {
		return lease{}, false, nil
	}
	for i := range l.reach.parts {
		p := l.reach.parts[i] // whose cursor stays
		fresh, err := l.freshOf(ctx, &p, d.fresh, 1)
		if err != nil {
			return lease{}, false, err
		}
		if len(fresh) > 0 {
			return fresh[0], true, l.tasks.nameBatches(ctx, fresh)
		}
	}
	for _, w := range d.waiting {
		in, err := l.has(ctx, w.Seq)
		if err != nil {
			return lease{}, false, err
		}
		if in && w.due <= now && (!found || w.due < only.due) {
			only, found = w, true
		}
	}
	return only, found, nil
}

// has reports whether the place seq is within reach.
func (l confined) has(ctx context.Context, seq int64) (in bool, err error) {
	const query = `SELECT EXISTS (SELECT 1 FROM task WHERE seq = ?1 AND ` + ofScope + `)`
	err = l.store.one(ctx, query, []any{seq, l.reach.parts.json()}, &in)
	return in, err
}

// ofScope chooses the tasks of a scope, whose batches begin at the places ?2.
const ofScope = `(EXISTS (SELECT 1 FROM batch WHERE first IN (SELECT value FROM json_each(?2)) AND task.seq BETWEEN first AND last)
	OR EXISTS (SELECT 1 FROM named WHERE named.seq = task.seq AND batch IN (SELECT value FROM json_each(?2))))`

// sample reads all fresh IDs within reach that are not held and that no dead process may
// have sent, and chooses n of them, each with the same chance.
func (l confined) sample(ctx context.Context, n int) (chosen []lease, err error) {
	const query = `SELECT seq, id FROM task WHERE seq > ?1 AND ` + isFresh + ` AND ` + ofScope + notHeld
	seen := int64(0)
	err = l.store.each(ctx, query, []any{l.leases.doubt.fresh, l.reach.parts.json()}, func(scan scan) error {
		var f lease
		err := scan(&f.Seq, (*storedID)(&f.ID))
		if _, lent := l.leases.held[f.Seq]; lent || err != nil {
			return err
		}
		seen++
		if len(chosen) < n {
			chosen = append(chosen, f)
		} else if at := l.sampler.random(seen); at < int64(n) {
			chosen[at] = f
		}
		return nil
	})
	return chosen, err
}
