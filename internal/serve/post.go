package serve

import (
	"context"
	"errors"
	"fmt"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/intake/posted"
	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// Post loads a list that somebody sends, between two passes or during one, which then
// deletes it too. Nothing is loaded before the end of the list was seen and all of it is
// judged.
func (c control) Post(ctx context.Context, sent admin.List) (admin.Receipt, error) {
	at := assemble.Ledger(c.state.config())
	kept, err := source.KeepAll(sent.Body, at.Folder()) // it may be large, and the ledger's disk is
	if err != nil {
		return admin.Receipt{}, fmt.Errorf("keep the list until it is loaded: %w", err)
	}
	defer func() { _ = kept.Close() }() // it has no name, and was only read
	got, err := c.post(ctx, posted.List{Name: sent.Name, Column: sent.Column, Key: sent.Key, Kept: kept})
	return admin.Receipt(got), faultOf(err)
}

// post answers a list that was loaded before as then, and judges and loads any other.
func (c control) post(ctx context.Context, l posted.List) (got posted.Receipt, err error) {
	cfg := c.state.config()
	var known *posted.Receipt
	err = assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		known, err = posted.Recall(ctx, r, l)
		return err
	})
	if err != nil || known != nil {
		return orZero(known), err
	}
	rules := assemble.Posted(cfg)
	n, err := rules.Count(ctx, l)
	if err != nil {
		return got, err
	}
	err = retryWhileBusy(ctx, func() error {
		return sharedLedger{c.state, c.maker}.lend(ctx, n.Valid, func(q queue.Ledger) error {
			got, err = rules.Load(ctx, q, l, n)
			return err
		})
	})
	return got, err
}

func orZero(r *posted.Receipt) posted.Receipt {
	if r == nil {
		return posted.Receipt{}
	}
	return *r
}

// faultOf says whose fault it is that a list was not loaded.
func faultOf(err error) error {
	_, refused := errors.AsType[*posted.RefusedError](err)
	switch {
	case refused || errors.Is(err, posted.ErrOtherList):
		return &admin.ListError{Err: err}
	case isBusy(err):
		return &admin.BusyError{Err: fmt.Errorf("nothing was loaded: %w", err)}
	}
	return err
}
