package pass

import (
	"context"
	"fmt"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// scope is what a pass works on, and what it finds beside that.
type scope struct {
	given  []string // the batches of the inputs that were loaded
	within queue.Scope
	// outside is how many IDs were pending outside of it when the pass was confined, and
	// not held.
	outside int64
}

// begin confines the pass to a batch that the ledger must have, before anything is
// loaded.
func (s *scope) begin(ctx context.Context, p *pass) error {
	if p.OnlyBatch == "" {
		return nil
	}
	within := queue.Only(p.OnlyBatch)
	if err := p.journal.Confine(ctx, within); err != nil {
		return err // the pass is balanced over the whole ledger
	}
	s.within = within
	return nil
}

// confine confines the pass to what its inputs have named, if it is to be. It notes for
// people what is pending, and returns how much of it is outside of its scope.
func (s *scope) confine(ctx context.Context, p *pass) (outside queue.SourceCount, err error) {
	if p.OnlyGiven {
		s.within = queue.Only(s.given...)
		if err := p.journal.Confine(ctx, s.within); err != nil {
			return outside, err
		}
	}
	apart := s.within
	if apart.Whole() {
		apart = queue.Only(s.given...)
	}
	earlier, err := p.ledger.Outside(ctx, apart)
	if err != nil {
		return outside, err
	}
	now, err := p.journal.Totals(ctx)
	if err != nil {
		return outside, err
	}
	c := report.CarriedOf(now.IDs[queue.Pending], earlier)
	c.Of = s.words(p)
	if !s.within.Whole() {
		outside = sumOf(earlier)
		s.outside = outside.Count - outside.Held
		c.Confined = true
	}
	if c.Earlier > 0 || c.Confined {
		p.book.carried(c)
	}
	return outside, nil
}

// words say what the IDs are of that were not carried over.
func (s *scope) words(p *pass) string {
	switch {
	case p.OnlyBatch != "":
		return "of batch " + p.OnlyBatch
	case len(p.Inputs) > 1:
		return fmt.Sprintf("from these %d inputs", len(p.Inputs))
	case len(p.Inputs) == 1:
		return "from this input"
	}
	return ""
}

// left counts what is pending outside of the scope.
func (s *scope) left(ctx context.Context, q queue.Batches) (queue.SourceCount, error) {
	outside, err := q.Outside(ctx, s.within)
	return sumOf(outside), err
}

// sumOf adds up what came from all sources.
func sumOf(counts []queue.SourceCount) (sum queue.SourceCount) {
	for _, c := range counts {
		sum.Count += c.Count
		sum.Held += c.Held
	}
	return sum
}
