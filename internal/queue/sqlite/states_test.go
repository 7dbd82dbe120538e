package sqlite

import (
	"slices"
	"testing"

	"cleaner/internal/queue"
)

// TestStates: what statements ask of a state is true of the states that it names, and of
// no other.
func TestStates(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	for asked, want := range map[string][]queue.State{
		isFresh:     {queue.Pending},
		isDeleted:   {queue.Deleted},
		isGone:      {queue.Gone},
		isProtected: {queue.Protected},
		isDead:      {queue.Dead},
		isWaiting:   {waiting},
		isDoubtful:  {doubtful},
		isPending:   {queue.Pending, waiting},
		isSettled:   {queue.Deleted, queue.Gone, queue.Protected},
		isWithdrawn: {withdrawn, doubtful},
	} {
		for s := range doubtful + 1 {
			var is bool
			if err := l.store.one(t.Context(), `SELECT `+asked+` FROM (SELECT ? AS state)`, []any{int64(s)}, &is); err != nil {
				t.Fatal(err)
			}
			if is != slices.Contains(want, s) {
				t.Errorf("%s of state %d is %v", asked, s, is)
			}
		}
	}
}
