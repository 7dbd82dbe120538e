package knowledge

import (
	"context"
	"fmt"

	"cleaner/internal/queue"
)

// ReadHolds returns the holds that are in force; never nil.
func ReadHolds(ctx context.Context, r queue.HoldReader) ([]queue.Hold, error) {
	all, err := r.Holds(ctx)
	held := []queue.Hold{}
	for _, h := range all {
		if h.Released == nil {
			held = append(held, h)
		}
	}
	return held, err
}

// WordsOfHold says what is held, why, and what ends it.
func WordsOfHold(h queue.Hold) string {
	what, end := fmt.Sprintf("batch %s is held", h.Batch), fmt.Sprintf("cleaner release %q --reason … ends the hold", h.Batch)
	if h.Batch == "" {
		what, end = "the whole ledger is held", "cleaner release --reason … ends the hold"
	}
	return fmt.Sprintf("%s since %s, %d pending task IDs, stopped by %s: %s; %s", what, clock(h.At), h.Pending, h.Kind, h.Why, end)
}

// WordsOfRelease says what was released. Another hold may keep some of it still.
func WordsOfRelease(h queue.Hold) string {
	what := "batch " + h.Batch
	if h.Batch == "" {
		what = "the whole ledger"
	}
	return fmt.Sprintf("released: %s, held since %s (stopped by %s: %s); the next pass sends of it what no other hold keeps", what, clock(h.At), h.Kind, h.Why)
}
