package queuetest

import (
	"testing"
	"time"

	"cleaner/internal/queue"
)

// Death is how a process died: in the middle of a pass over IDs, of which it had settled
// some.
type Death struct {
	IDs     []string
	Settled int         // how many of them, the first ones
	State   queue.State // as what
	Results string      // the results file of the pass
	Note    string      // what the pass noted last
}

// Leave puts into q what a process leaves that died so, and returns what it had settled,
// for the caller to write to the results file what the process had told. The caller then
// closes q, which no pass ends.
func (d Death) Leave(t testing.TB, q queue.Ledger) (settled []queue.Outcome) {
	t.Helper()
	_, err := q.Load(t.Context(), queue.Batch{Name: "died"}, each(d.IDs, nil))
	if err != nil {
		t.Fatal(err)
	}
	p, err := q.Begin(t.Context(), d.Results)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Note(t.Context(), d.Note); err != nil {
		t.Fatal(err)
	}
	ds, _, err := p.Take(t.Context(), d.Settled, time.Now())
	if err != nil || len(ds) != d.Settled {
		t.Fatalf("Take = %d, %v", len(ds), err)
	}
	for _, one := range ds {
		settled = append(settled, queue.Outcome{Delivery: one, State: d.State, Attempts: 1, FirstAt: time.Now(), At: time.Now()})
	}
	if err := p.Settle(t.Context(), settled); err != nil {
		t.Fatal(err)
	}
	return settled
}
