package policy

import (
	"cmp"
	"slices"
)

// Blamed are the batches whose IDs made up a share that is over its limit.
type Blamed struct {
	// Limit is the share that is allowed.
	Limit   float64
	Batches []BatchShare
}

// BatchShare says how the IDs of one batch ended.
type BatchShare struct {
	Batch string
	// Settled were settled by requests, and Bad of them failed or were not there.
	Settled, Bad int64
}

// batchesToHold decides which batches a stop is to hold: each whose own share is over the
// limit; when none is, each that had a bad ID. They are sorted by name.
func batchesToHold(all []BatchShare, limit float64) []BatchShare {
	over := func(b BatchShare) bool { return b.Bad > 0 && float64(b.Bad)/float64(b.Settled) > limit }
	if !slices.ContainsFunc(all, over) {
		over = func(b BatchShare) bool { return b.Bad > 0 }
	}
	blamed := slices.DeleteFunc(slices.Clone(all), func(b BatchShare) bool { return !over(b) })
	slices.SortFunc(blamed, func(a, b BatchShare) int { return cmp.Compare(a.Batch, b.Batch) })
	return blamed
}

// countRefused counts the dead letters that were refused. Those whose attempts or time were
// used up are left out: an outage does that, and no list is wrong for it.
func countRefused(t tallyOfEnds) int64 { return t.dead - t.spent }

// countAbsent counts the IDs that were not there.
func countAbsent(t tallyOfEnds) int64 { return t.absent }

// blame returns the batches to hold when too many of t are bad; nil when too few are.
func (t *batchTallies) blame(bad func(tallyOfEnds) int64, limit float64) *Blamed {
	if float64(bad(t.tallyOfEnds))/float64(t.settled) <= limit {
		return nil
	}
	var all []BatchShare
	for name, b := range t.by {
		all = append(all, BatchShare{Batch: name, Settled: b.settled, Bad: bad(*b)})
	}
	if blamed := batchesToHold(all, limit); len(blamed) > 0 {
		return &Blamed{Limit: limit, Batches: blamed}
	}
	return nil
}
