package queue

import (
	"context"
	"time"
)

// Hold keeps the pending IDs of one batch, or of the whole ledger, from being lent, until
// an operator releases it, or withdraws the batch. It covers what the batch brought, by which
// it was judged: an ID that it has named and another batch brought is held with that one
// alone, and one that another batch names too stays held.
type Hold struct {
	// Batch names the batch; empty is the whole ledger.
	Batch string `json:"batch"`
	// Kind is the kind of the stop that has put it, as reports have it in stopped_by, and
	// Why a sentence for the operator.
	Kind string `json:"stopped_by"`
	Why  string `json:"why"`
	// At is when it was put.
	At time.Time `json:"at"`
	// Sent were settled by requests, Bad of them failed or were not there, and Limit is
	// the share of those that is allowed; zero where no share was judged.
	Sent  int64   `json:"sent,omitempty"`
	Bad   int64   `json:"bad,omitempty"`
	Limit float64 `json:"limit,omitempty"`
	// Pending is how many IDs it keeps now. It is only read.
	Pending int64 `json:"pending"`
	// Released says how it ended; nil while it holds.
	Released *Release `json:"released,omitempty"`
}

// Release is how a hold ended.
type Release struct {
	At time.Time `json:"at"`
	// By is who did it, and Reason why, for people.
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Holds chooses holds: the one of a batch, with All each there is, and otherwise the one of
// the whole ledger.
type Holds struct {
	Batch string
	All   bool
}

// Has reports whether h is one of the chosen.
func (c Holds) Has(h Hold) bool { return c.All || h.Batch == c.Batch }

// MostReleased bounds how many holds that have ended HoldReader returns.
const MostReleased = 20

// HoldReader reads the holds.
type HoldReader interface {
	// Holds returns the holds that are in force, that of the whole ledger first, then the
	// oldest first; and then those that were released, the latest first.
	Holds(ctx context.Context) ([]Hold, error)
}

// Holding puts holds and releases them. Both are durable when they return.
type Holding interface {
	HoldReader
	// Hold puts holds, all or none. Nothing that they cover is lent from now on, to any
	// pass; what is lent already may be settled. What is held already stays as it is, and
	// a batch that the ledger does not know is left out.
	Hold(ctx context.Context, holds ...Hold) error
	// Release ends the holds that are chosen and returns them. What they kept is lent to
	// passes that begin later; a pass under way has been judged by its numbers without it.
	Release(ctx context.Context, which Holds, r Release) ([]Hold, error)
}
