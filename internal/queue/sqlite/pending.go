package sqlite

import (
	"context"
	"fmt"
	"iter"

	"cleaner/internal/queue"
)

// pendingPage is how many pending IDs are read at once.
const pendingPage = 4096

// Pending implements queue.Auditor. It reads in pages and may be left at any time.
func (a auditor) Pending(ctx context.Context, s queue.Scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pages, err := a.pendingPages(ctx, s)
		for more := true; more && err == nil; {
			var page []string
			err = a.locked(ctx, func() (err error) {
				page, more, err = pages.next(ctx)
				return err
			})
			if err != nil {
				break
			}
			for _, id := range page {
				if !yield(id, nil) {
					return
				}
			}
		}
		if err != nil {
			yield("", fmt.Errorf("read pending task IDs: %w", err))
		}
	}
}

// pendingPages reads the pending IDs that are not held, page by page.
type pendingPages struct {
	*lending
	where string // what chooses those of a scope, with arg as ?2
	arg   any
	after int64 // the last place that was looked at
}

// pendingPages begins to read those of a scope.
func (a auditor) pendingPages(ctx context.Context, s queue.Scope) (*pendingPages, error) {
	p := &pendingPages{lending: a.lending}
	if s.Whole() {
		return p, nil
	}
	err := a.locked(ctx, func() error {
		ps, err := partsOf(ctx, a.store, s)
		p.where, p.arg = ` AND `+ofScope, ps.json()
		return err
	})
	return p, err
}

// next reads a page, and reports whether there may be more behind it.
func (p *pendingPages) next(ctx context.Context) (page []string, more bool, err error) {
	g := p.holds.gap(p.after+1, p.checkpoint.high)
	if p.holds.whole || g.places() <= 0 {
		return nil, false, nil
	}
	query := fmt.Sprintf(`SELECT seq, id FROM task WHERE seq BETWEEN ?1 AND ?3 AND `+isPending+`%s ORDER BY seq LIMIT %d`, p.where, pendingPage)
	err = p.store.each(ctx, query, []any{g.first, p.arg, g.last}, func(scan scan) error {
		var id string
		err := scan(&p.after, (*storedID)(&id))
		page = append(page, id)
		return err
	})
	if len(page) < pendingPage {
		p.after = g.last
	}
	return page, true, err
}
