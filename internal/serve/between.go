package serve

import (
	"context"

	"cleaner/internal/ledger"
	"cleaner/internal/queue"
)

// between is the ledger between two passes, as the metrics count it: it is opened for each
// look.
type between struct{ at ledger.Location }

// Counts implements metrics.Ledger.
func (b between) Counts(ctx context.Context) (queue.Counts, error) { return b.at.Counts(ctx) }

// DeadCodes implements metrics.Ledger.
func (b between) DeadCodes(ctx context.Context) (codes []queue.DeadCode, err error) {
	err = b.at.Look(ctx, func(r queue.Reader) error {
		codes, err = r.DeadCodes(ctx)
		return err
	})
	return codes, err
}
