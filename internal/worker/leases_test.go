package worker

import (
	"testing"

	"cleaner/internal/queue"
)

// TestKeptIDsAreNotWaitedFor: an ID of the reserve that was called, and is kept again,
// does not keep others from being handed out.
func TestKeptIDsAreNotWaitedFor(t *testing.T) {
	o := Options{Limits: Limits{Workers: 4}}
	l := newLeases(newRun(o), o, newBlame(o), newShares(o))
	l.compares = func() bool { return false }
	l.reserve.keep(queue.Delivery{ID: "a", Seq: 1})
	l.prefetched.tail = true
	l.callReserve()
	called := l.prefetched.next()
	l.handed.add(called)
	other := queue.Delivery{ID: "b", Seq: 2}
	if !l.handed.admits(other) || l.reserve.admits(other) {
		t.Error("another goes before the one of the reserve is back")
	}
	handout{l}.keep(called)
	if !l.handed.admits(other) || !l.reserve.admits(other) {
		t.Error("others wait for an ID that is kept")
	}
}
