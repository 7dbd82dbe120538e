package worker

import (
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// TestLearnedBetweenAnswerAndLook: an answer that was judged before calibration had learned
// how a DELETE of a missing task is answered is still explained by a look when that is
// learned right after.
func TestLearnedBetweenAnswerAndLook(t *testing.T) {
	x := resolved(t, coded(404, "CC.00059404"), func(w *Worker, learned policy.Learned) {
		learned.Delete = policy.SignatureOf(coded(400, "CC.00059404"))
		w.findings.learn(learned)
	})
	if x.ruling.Verdict != policy.Gone {
		t.Errorf("it is %v, want gone", x.ruling.Verdict)
	}
}

// TestAbsenceWithoutComparison: a task that a look calls gone by an answer that may also be a
// fault is not given up where no live task can be seen to compare it with.
func TestAbsenceWithoutComparison(t *testing.T) {
	x := resolved(t, answer.Answer{Status: 200, Body: answer.BodyNull}, func(*Worker, policy.Learned) {})
	if x.ruling.Verdict != policy.Again {
		t.Errorf("it is %v, want that it is tried again", x.ruling.Verdict)
	}
}

// resolved is what a look makes of a refused DELETE, at a service that has none of the tasks
// and is known to answer looks at those by look. then goes between the two.
func resolved(t *testing.T, look answer.Answer, then func(*Worker, policy.Learned)) (x exchange) {
	t.Helper()
	e := &endpoint{look: look, again: coded(400, "CC.00059404"), missing: map[string]bool{}}
	try(t, 5, &e.far, func(tr *trial) {
		for i := range 5 {
			e.missing[id("first", i)] = true
		}
		e.join(tr)
		w := New(tr.opts)
		learned := policy.Learned{Look: policy.SignatureOf(look), Canaries: 3}
		w.findings.learn(learned)
		d := queue.Delivery{Seq: 1, ID: id("first", 0)}
		x, _, _ = w.stages.sender.send(tr.Context(), tr.Context(), d)
		tr.want("judged as", x.ruling.Verdict, policy.Never)
		then(w, learned)
		x = w.stages.confirmer.resolve(tr.Context(), tr.Context(), d, x)
	})
	return x
}
