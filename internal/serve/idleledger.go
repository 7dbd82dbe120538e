package serve

import (
	"context"

	"cleaner/internal/ledger"
	"cleaner/internal/queue"
)

// idleLedger is the ledger between two passes, as the metrics count it. It is opened for
// each reading.
type idleLedger struct{ at ledger.Location }

// Counts implements metrics.Ledger.
func (l idleLedger) Counts(ctx context.Context) (queue.Counts, error) { return l.at.Counts(ctx) }

// DeadCodes implements metrics.Ledger.
func (l idleLedger) DeadCodes(ctx context.Context) (codes []queue.DeadCode, err error) {
	err = l.at.Look(ctx, func(r queue.Reader) error {
		codes, err = r.DeadCodes(ctx)
		return err
	})
	return codes, err
}
