package knowledge

import (
	"context"
	"encoding/json"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// elapsedKey is what the ledger keeps the time that it saw pass by.
const elapsedKey = "elapsed"

// Old has the ledger look at the clock, and returns before when what it dates is older
// than remember, whatever the clock did; zero when nothing is known to be. What is kept
// of earlier looks and cannot be read counts for nothing: then more is remembered.
func Old(ctx context.Context, m queue.Memory, now time.Time, remember time.Duration) (time.Time, error) {
	text, err := m.Recall(ctx, elapsedKey)
	if err != nil {
		return time.Time{}, err
	}
	var seen policy.Elapsed
	if text != nil && json.Unmarshal(text, &seen) != nil {
		seen = policy.Elapsed{}
	}
	seen, before := seen.Look(now, remember)
	return before, keep(ctx, m, elapsedKey, seen)
}
