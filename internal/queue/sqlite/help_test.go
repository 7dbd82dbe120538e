package sqlite

import (
	"iter"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// load loads ids, of which added must be new.
func load(t testing.TB, l *subject, batch string, added int, ids iter.Seq2[string, error]) {
	t.Helper()
	got, err := l.Load(t.Context(), queue.Batch{Name: batch}, ids)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if got.New != int64(added) {
		t.Fatalf("Load = %+v, want %d new", got, added)
	}
}

// take takes n IDs, which must be there.
func take(t testing.TB, l *subject, n int) []queue.Delivery {
	t.Helper()
	var all []queue.Delivery
	for len(all) < n {
		ds, _, err := l.Take(t.Context(), n-len(all), time.Now())
		if err != nil || len(ds) == 0 {
			t.Fatalf("Take after %d of %d: %d, %v", len(all), n, len(ds), err)
		}
		all = append(all, ds...)
	}
	return all
}

// settle settles ds in one call.
func settle(t testing.TB, l *subject, ds []queue.Delivery, state queue.State) {
	t.Helper()
	now := time.Now()
	os := make([]queue.Outcome, len(ds))
	for i, d := range ds {
		os[i] = queue.Outcome{Delivery: d, State: state, Attempts: 1, FirstAt: now, At: now, Code: "c"}
	}
	if err := l.Settle(t.Context(), os); err != nil {
		t.Fatalf("Settle: %v", err)
	}
}
