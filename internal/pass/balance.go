package pass

import "context"

// BalanceError says that the numbers of a pass do not balance, or cannot be known. It
// weighs more than what else went wrong: no number of the report may be trusted.
type BalanceError struct{ Err error }

// Error returns the reason.
func (e *BalanceError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *BalanceError) Unwrap() error { return e.Err }

// balance compares the report with what the ledger says that this pass has done.
func (p *pass) balance(ctx context.Context) error {
	p.live.requeues.end()
	if err := p.audit(ctx); err != nil {
		return &BalanceError{err}
	}
	return nil
}

// audit checks the ledger, and then the report against it.
func (p *pass) audit(ctx context.Context) error {
	if err := p.ledger.Check(ctx); err != nil {
		return err
	}
	totals, err := p.journal.Totals(ctx)
	if err != nil {
		return err
	}
	counts, err := p.ledger.Counts(ctx)
	if err != nil {
		return err
	}
	left, err := p.scope.left(ctx, p.ledger)
	if err != nil {
		return err
	}
	p.book.left(left, totals)
	return p.book.balance(totals, counts)
}
