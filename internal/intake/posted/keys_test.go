package posted

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// TestTooMany: the latest keys stay, those of the future too, and none for more than a week.
func TestTooMany(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	facts := []queue.Fact{
		{Key: "old", At: now.Add(-KeysLast - time.Second)}, {Key: "just", At: now.Add(-KeysLast)}, {Key: "ahead", At: now.Add(time.Hour)},
	}
	if got := tooMany(slices.Clone(facts), now); !slices.Equal(got, []string{"old"}) {
		t.Errorf("%q", got)
	}
	for n := range mostKeys - 1 {
		facts = append(facts, queue.Fact{Key: fmt.Sprint(n), At: now.Add(-time.Minute)})
	}
	if got := tooMany(facts, now); !slices.Equal(got, []string{"just", "old"}) {
		t.Errorf("%q", got)
	}
}
