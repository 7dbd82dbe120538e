package sqlite

import (
	"context"
	"fmt"

	"cleaner/internal/queue"
)

// archive implements the part of queue.History that writes.
type archive struct{ *file }

// KeepPass implements queue.History.
func (a archive) KeepPass(ctx context.Context, p queue.EndedPass) error {
	err := refuseReport(p.Report)
	if err == nil {
		err = a.locked(ctx, func() error {
			return a.store.atomically(ctx, func(ctx context.Context) error { return keepPass(ctx, a.store, p) })
		})
	}
	if err != nil {
		return fmt.Errorf("keep the report of pass %d: %w", p.ID, err)
	}
	return nil
}

// keepPass keeps p and forgets what is too old or too much. The IDs of passes only grow,
// so that samples below the oldest pass that is kept are of passes that are forgotten.
func keepPass(ctx context.Context, s *store, p queue.EndedPass) error {
	const (
		keep   = `INSERT OR REPLACE INTO history (pass, began_at, ended_at, trigger, report) VALUES (?, ?, ?, ?, ?)`
		forget = `DELETE FROM history WHERE pass <= (SELECT pass FROM history ORDER BY pass DESC LIMIT 1 OFFSET ?3)
			OR ended_at < ?1 AND pass <= (SELECT pass FROM history ORDER BY pass DESC LIMIT 1 OFFSET ?2)`
		tidy = `DELETE FROM sample WHERE pass < (SELECT min(pass) FROM history) AND pass NOT IN (SELECT id FROM pass)`
	)
	if err := s.exec(ctx, keep, p.ID, p.Began.UnixMilli(), p.Ended.UnixMilli(), p.Trigger, p.Report); err != nil {
		return err
	}
	old := p.Ended.Add(-queue.KeepPasses).UnixMilli()
	if err := s.exec(ctx, forget, old, queue.LeastPasses, queue.MostPasses); err != nil {
		return err
	}
	return s.exec(ctx, tidy)
}

// KeepSamples implements queue.History.
func (a archive) KeepSamples(ctx context.Context, id queue.PassID, samples ...queue.Sample) error {
	const keep = `INSERT OR REPLACE INTO sample (pass, at, value) VALUES (?, ?, ?)`
	err := a.locked(ctx, func() error {
		return a.store.atomically(ctx, func(ctx context.Context) error {
			for _, m := range samples {
				if err := refuseReport(m.Value); err != nil {
					return err
				}
				if err := a.store.exec(ctx, keep, id, m.At.UnixMilli(), m.Value); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("keep samples of pass %d: %w", id, err)
	}
	return nil
}

// refuseReport holds what is to be kept against its bound.
func refuseReport(text []byte) error {
	if len(text) == 0 || len(text) > queue.MaxReport {
		return fmt.Errorf("it has %d bytes; there must be some, and at most %d", len(text), queue.MaxReport)
	}
	return nil
}

// EndedPasses implements queue.HistoryReader.
func (v view) EndedPasses(ctx context.Context, before queue.PassID, n int) (all []queue.EndedPass, err error) {
	const query = `SELECT pass, began_at, ended_at, trigger, report FROM history WHERE ?1 = 0 OR pass < ?1 ORDER BY pass DESC LIMIT ?2`
	err = v.with(ctx, func(s *store) error {
		return s.each(ctx, query, []any{before, n}, func(scan scan) error {
			var p queue.EndedPass
			var began, ended int64
			err := scan(&p.ID, &began, &ended, &p.Trigger, &p.Report)
			p.Began, p.Ended = fromMillis(began), fromMillis(ended)
			all = append(all, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the passes that have ended: %w", err)
	}
	return all, nil
}

// Samples implements queue.HistoryReader.
func (v view) Samples(ctx context.Context, id queue.PassID) (all []queue.Sample, err error) {
	const query = `SELECT at, value FROM sample WHERE pass = ? ORDER BY at`
	err = v.with(ctx, func(s *store) error {
		return s.each(ctx, query, []any{id}, func(scan scan) error {
			var m queue.Sample
			var at int64
			err := scan(&at, &m.Value)
			m.At = fromMillis(at)
			all = append(all, m)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the samples of pass %d: %w", id, err)
	}
	return all, nil
}
