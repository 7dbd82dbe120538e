package policy

import (
	"testing"
	"time"
)

// TestPaceLearnedAge: nothing was learned a negative time ago.
func TestPaceLearnedAge(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for want, at := range map[string]time.Time{
		"learned 3h0m0s ago": now.Add(-3 * time.Hour),
		"learned 0s ago":     now.Add(300 * time.Millisecond),
		"learned 24h0m0s in the future, by this machine's clock": now.Add(24 * time.Hour),
	} {
		if got := (PaceLearned{At: at}).Age(now); got != want {
			t.Errorf("Age = %q, want %q", got, want)
		}
	}
}
