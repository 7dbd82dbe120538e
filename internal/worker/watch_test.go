package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// noted is a watch with a table and a retry of its own.
func noted(t *testing.T) (*watch, func(a policy.Answer, seq int64, ticket policy.Ticket)) {
	t.Helper()
	w, table := newWatch(Options{Retry: policy.Retry{Initial: time.Second, Max: time.Minute, Deadline: time.Hour}}), policy.DefaultTable()
	return w, func(a policy.Answer, seq int64, ticket policy.Ticket) {
		w.note(exchange{answer: a, ruling: table.Judge(a), ticket: ticket}, seq, policy.SeenNever, time.Now())
	}
}

// TestProbeThatProvesNothingIsLeftToTheNext: those at the gate are woken when a
// probe ends, also by an answer that changes nothing.
func TestProbeThatProvesNothingIsLeftToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, say := noted(t)
		for seq := range int64(5) {
			say(busy, seq, 0)
		}
		probe, err := w.admit(t.Context(), 0)
		if err != nil || probe == 0 {
			t.Fatal(probe, err)
		}
		left := make(chan time.Time, 1)
		go func() {
			if _, err := w.admit(t.Context(), 0); err == nil {
				left <- time.Now()
			}
		}()
		synctest.Wait()
		say(tooMany, 9, probe)
		began := time.Now()
		select {
		case at := <-left:
			if at.Sub(began) != time.Second {
				t.Errorf("left after %v, want an interval", at.Sub(began))
			}
		case <-time.After(time.Hour):
			t.Error("the next one waits for ever")
		}
	})
}

// TestSettledIDsAreForgotten: an ID that is settled holds no memory, and would it
// come back, it came for the first time.
func TestSettledIDsAreForgotten(t *testing.T) {
	for _, end := range []policy.End{policy.EndDead, policy.EndNone} {
		w, say := noted(t)
		for range 5 {
			say(busy, 1, 0)
			if stop := w.concluded(unsent(queue.Delivery{Seq: 1}), end); stop != nil {
				t.Fatal(stop)
			}
		}
		if forgotten := end != policy.EndNone; w.state().Open != forgotten {
			t.Errorf("end %q: open %v", end, w.state().Open)
		}
	}
}
