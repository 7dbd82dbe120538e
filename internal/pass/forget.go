package pass

import (
	"context"
	"math"
	"slices"
	"time"

	"cleaner/internal/knowledge"
)

// forget has the ledger forget what was settled, and named by an input, longer ago than
// the pass is to remember. That comes after the inputs: what they name is remembered
// anew. A pass that goes without an input, or without a standing one, cannot know what
// that names, and forgets no task ID, and neither does one that only a clock says is
// late enough. The batches that it works on stay.
func (s *scope) forget(ctx context.Context, p *pass) error {
	now := time.Now()
	before, err := knowledge.Old(ctx, p.ledger, now, p.Remember)
	if err != nil {
		return err
	}
	age := time.Duration(math.MaxInt64) // batches without IDs go in any case
	if !before.IsZero() && len(p.book.report.Without) == 0 && p.readsStanding() {
		age = now.Sub(before)
	}
	_, err = p.ledger.Forget(ctx, age, append(slices.Clone(s.given), p.OnlyBatch)...)
	return err
}

// readsStanding reports whether the standing inputs are all among those of the pass.
func (s *Spec) readsStanding() bool {
	for _, name := range s.Standing {
		if !slices.ContainsFunc(s.Inputs, func(in Source) bool { return in.Name() == name }) {
			return false
		}
	}
	return true
}
