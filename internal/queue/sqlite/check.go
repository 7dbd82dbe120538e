package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// Check counts every task ID in the ledger and compares the sums with the
// counters. An error names each difference: then the ledger does not balance,
// and what Counts says is not to be trusted. It reads the whole file, about
// 0.3 seconds for a million IDs, and everything else waits for it.
func (l *Ledger) Check(ctx context.Context) error {
	err := l.locked(ctx, func() error { return l.store.check(ctx, l.mark) })
	if err != nil {
		return fmt.Errorf("check ledger %s: %w", l.path, err)
	}
	return nil
}

// audited is a batch with its counters by stored state, as they are kept and as
// they are found. Among the found, pending does not include the waiting.
type audited struct {
	span
	kept, found [waiting + 1]int64
}

func (s *store) check(ctx context.Context, m mark) error {
	batches, err := s.audit(ctx)
	if err != nil {
		return err
	}
	batches = append(batches, audited{span: span{last: m.high, name: "(none)"}})
	var faults []error
	from := int64(1)
	for _, b := range batches {
		if err := s.recount(ctx, &b, from); err != nil {
			return err
		}
		if b.kept != b.found {
			faults = append(faults, fmt.Errorf("batch %q: the counters say %v, counting says %v", b.name, b.kept, b.found))
		}
		from = b.last + 1
	}
	return errors.Join(append(faults, s.compareHistories(ctx), s.lookBehind(ctx, m))...)
}

// audit reads the counters of all batches, in the order of their places.
func (s *store) audit(ctx context.Context) (bs []audited, err error) {
	const query = `SELECT first, last, name, pending, deleted, gone, protected, dead, waiting
		FROM batch WHERE last IS NOT NULL ORDER BY first`
	err = s.each(ctx, query, nil, func(scan scan) error {
		var b audited
		k := &b.kept
		err := scan(&b.first, &b.last, &b.name, &k[0], &k[1], &k[2], &k[3], &k[4], &k[5])
		bs = append(bs, b)
		return err
	})
	return bs, err
}

// recount counts the tasks from the end of the batch before to the end of b, so
// that a task between two batches shows. It needs neither an index nor sorting.
func (s *store) recount(ctx context.Context, b *audited, from int64) error {
	const query = `SELECT count(*) FILTER (WHERE state IN (0, 5)), count(*) FILTER (WHERE state = 1),
		count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4),
		(SELECT count(*) FROM attempt WHERE seq BETWEEN ?1 AND ?2 AND due IS NOT NULL AND first_at IS NOT NULL)
		FROM task WHERE seq BETWEEN ?1 AND ?2`
	f := &b.found
	return s.one(ctx, query, []any{from, b.last}, &f[0], &f[1], &f[2], &f[3], &f[4], &f[5])
}

// compareHistories looks for histories that do not agree with their tasks. That
// each waiting or dead task has one follows from the dead being counted, but
// for the waiting, which Take would never find.
func (s *store) compareHistories(ctx context.Context) error {
	const query = `SELECT count(*) FILTER (WHERE state IS NOT iif(due IS NULL, 4, 5)), count(*),
		(SELECT count(*) FROM task WHERE state > 3) FROM attempt LEFT JOIN task USING (seq)`
	var odd, histories, tried int64
	if err := s.one(ctx, query, nil, &odd, &histories, &tried); err != nil {
		return err
	}
	if odd != 0 || histories != tried {
		return fmt.Errorf("%d histories for %d tasks that should have one; %d do not fit", histories, tried, odd)
	}
	return nil
}

// lookBehind looks for fresh tasks where Take will never look.
func (s *store) lookBehind(ctx context.Context, m mark) error {
	var hidden int64
	err := s.one(ctx, `SELECT count(*) FROM task WHERE seq <= ? AND state = 0`, []any{m.low}, &hidden)
	if err == nil && hidden != 0 {
		err = fmt.Errorf("%d pending tasks stand where none is looked for", hidden)
	}
	return err
}
