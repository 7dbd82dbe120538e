package knowledge_test

import (
	"testing"
	"time"

	"cleaner/internal/knowledge"
)

// TestOld: the ledger keeps what it saw of the time, over looks; what it cannot read it
// takes for nothing, and forgets later for that.
func TestOld(t *testing.T) {
	q, _ := newLedger(t)
	const day = 24 * time.Hour
	now := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	known := func(days int) (nights int) {
		t.Helper()
		for range days {
			now = now.Add(day)
			before, err := knowledge.Old(t.Context(), q, now, 30*day)
			if err != nil {
				t.Fatal(err)
			}
			if age := now.Sub(before); !before.IsZero() {
				nights++
				if age < 30*day || age > 40*day {
					t.Errorf("old is what is older than %v", age)
				}
			}
		}
		return nights
	}
	if got := known(50); got != 12 {
		t.Errorf("in %d of 50 nights something is old", got)
	}
	for _, damaged := range []string{"{", "[]", `{"marks":[{"total":"x"}]}`} {
		if err := q.Remember(t.Context(), "elapsed", []byte(damaged)); err != nil {
			t.Fatal(err)
		}
		if got := known(38); got != 0 {
			t.Errorf("after %s something is old", damaged)
		}
	}
}
