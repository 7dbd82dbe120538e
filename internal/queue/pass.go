package queue

import (
	"context"
	"iter"
	"time"
)

// Journal keeps the passes over the ledger. Several may be under way at once.
type Journal interface {
	// Begin begins a pass. results names the file that records what the pass
	// settles, for whoever completes it after a crash; empty for none.
	Begin(ctx context.Context, results string) (Pass, error)
	// Unfinished returns the passes that have not ended, the oldest first: those
	// under way and those whose process died.
	Unfinished(ctx context.Context) ([]PassInfo, error)
	// Finish ends a pass whose process died. It does nothing when there is no such
	// pass.
	Finish(ctx context.Context, id PassID) error
	// SettledSince yields what was settled at t or later, by any pass, in the order
	// of the ledger. No pass settles what is withdrawn, and it is not among these. Of an ID that was settled well only the state and its time,
	// to the second, are kept: the other fields are empty, and Reason says so.
	SettledSince(ctx context.Context, t time.Time) iter.Seq2[Outcome, error]
}

// Pass is one pass under way: a Lender that counts what was settled through it.
// All methods fail once it has ended.
type Pass interface {
	Lender
	// ID names the pass within this ledger; no later pass has the same.
	ID() PassID
	// Confine has the pass lend only IDs of a scope from now on, and of those that a
	// process may have sent when it died, only these alone. The whole ledger is as if that had never been asked. The
	// totals stay those of the whole ledger. It fails with a *NoBatchError when the scope
	// names a batch that there is not.
	Confine(ctx context.Context, s Scope) error
	// Note replaces the note that says, for people, what holds the pass up; empty
	// when nothing does.
	Note(ctx context.Context, note string) error
	// Totals returns what the pass has done so far.
	Totals(ctx context.Context) (Totals, error)
	// End ends the pass: all that it settled has been recorded. A hold that was put since it
	// began, and keeps nothing, is removed. IDs that are still lent
	// to it are given back when the ledger is closed.
	End(ctx context.Context) error
}

// PassID names a pass within its ledger.
type PassID int64

// PassInfo describes a pass that has not ended.
type PassInfo struct {
	ID PassID
	// Began is when it began. No ID that it settles is older in the ledger.
	Began time.Time
	// Results is the file that records what it settles; empty for none.
	Results string
	// Note says what holds it up, for people; empty when nothing does.
	Note string
	// Totals is what it has done.
	Totals Totals
}

// Totals is what one pass has done, at one moment. Other passes do not disturb it:
// at any moment, also after a crash,
//
//	Found + Loaded + Requeued - Elsewhere = the sum of IDs
type Totals struct {
	// Found is how many IDs were pending when the pass began. Loaded and Requeued
	// are how many became pending since, whoever brought them.
	Found, Loaded, Requeued int64
	// Elsewhere is how many IDs other passes have settled since, or people withdrawn.
	Elsewhere int64
	// Held is how many of the pending IDs the pass does not get: those that a hold keeps,
	// or has kept when the pass began.
	Held int64
	// IDs counts by state: what this pass has settled, and what is pending now.
	IDs ByState
}

// Total is how many IDs the pass has had to deal with: those that it found and
// those that came, but for those that were settled elsewhere.
func (t Totals) Total() int64 { return t.Found + t.Loaded + t.Requeued - t.Elsewhere }
