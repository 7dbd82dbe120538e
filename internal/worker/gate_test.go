package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// noting is a judge with a table and a retry of its own, and a function that notes
// answers.
func noting(t *testing.T) (*judge, func(a answer.Answer, seq int64, ticket policy.Ticket)) {
	t.Helper()
	w := New(Options{Rules: Rules{Retry: policy.Retry{Initial: time.Second, Max: time.Minute, Deadline: time.Hour}}})
	return w.stages.judge, func(a answer.Answer, seq int64, ticket policy.Ticket) {
		e := exchange{answer: a, ruling: policy.DefaultTable().Judge(a), ticket: ticket}
		w.stages.judge.find(e, queue.Delivery{Seq: seq}, time.Now())
	}
}

// TestProbeThatProvesNothingIsLeftToTheNext: those at the gate are woken when a
// probe ends, also by an answer that changes nothing.
func TestProbeThatProvesNothingIsLeftToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, say := noting(t)
		for seq := range int64(5) {
			say(busy, seq, 0)
		}
		probe, err := j.gate.admit(t.Context(), 0)
		if err != nil || probe == 0 {
			t.Fatal(probe, err)
		}
		left := make(chan time.Time, 1)
		go func() {
			if _, err := j.gate.admit(t.Context(), 0); err == nil {
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
		j, say := noting(t)
		j.cancel = func(cause error) { t.Fatal(cause) }
		for range 5 {
			say(busy, 1, 0)
			j.ended(queue.Delivery{Seq: 1}, queue.Outcome{}, policy.Step{End: end})
		}
		if forgotten := end != policy.EndNone; j.gate.state().Open != forgotten {
			t.Errorf("end %q: open %v", end, j.gate.state().Open)
		}
	}
}
