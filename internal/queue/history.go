package queue

import (
	"context"
	"time"
)

// EndedPass is a pass that is over, as the ledger keeps it.
type EndedPass struct {
	ID PassID
	// Began and Ended are by the clock of its process, to the millisecond.
	Began, Ended time.Time
	// Trigger says for people who has asked for it.
	Trigger string
	// Report is its report as JSON.
	Report []byte
}

// Sample is what was measured of a pass until At, from the sample before.
type Sample struct {
	At    time.Time // to the millisecond
	Value []byte    // as JSON
}

// What is kept of ended passes: how long, and how many at the least and at the most,
// whatever a clock says.
const (
	KeepPasses  = 90 * 24 * time.Hour
	LeastPasses = 20
	MostPasses  = 30_000
)

// MaxReport bounds the report of a pass and the value of a sample, in bytes.
const MaxReport = 1 << 20

// HistoryReader reads what is kept of passes that are over.
type HistoryReader interface {
	// EndedPasses returns at most n passes whose ID is below before, or any when that is
	// 0, the latest first.
	EndedPasses(ctx context.Context, before PassID, n int) ([]EndedPass, error)
	// Samples returns the samples of a pass, the oldest first; also of one under way.
	Samples(ctx context.Context, id PassID) ([]Sample, error)
}

// History keeps what passes came to, for people who look later. Nothing that a pass does
// depends on it. In a rehearsal nothing is kept.
type History interface {
	HistoryReader
	// KeepPass keeps a pass in place of what was kept under its ID, and forgets those that
	// ended longer than KeepPasses before, with their samples.
	KeepPass(ctx context.Context, p EndedPass) error
	// KeepSamples keeps samples of a pass.
	KeepSamples(ctx context.Context, id PassID, samples ...Sample) error
}
