package worker

import (
	"fmt"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// A later pass also sends the DELETE of its canary once more, and learns when the service
// answers otherwise by now for what is not there: what it reports says so.
func TestLaterPassesCheckTheDelete(t *testing.T) {
	missing, other := coded(404, "CC.00059404"), coded(410, "CC.00059410")
	e := &endpoint{look: missing, again: missing}
	try(t, 100, &e.far, func(tr *trial) {
		e.missing = map[string]bool{}
		e.join(tr)
		tr.run(tr.Context())
		for i, row := range []struct {
			again   answer.Answer
			sent    int64 // DELETEs to check: a second one when the first differs
			changed string
		}{
			{missing, 1, ""},
			{ok, 2, "like a success now, and was answered 404"},
			{ok, 1, ""},
			{missing, 1, "404 CC.00059404 now, and was answered like a success"},
			{missing, 1, ""},
			{other, 2, "410 CC.00059410 now, and was answered 404"},
		} {
			name := fmt.Sprintf("pass%d", i)
			tr.load(name, 40)
			for n := 20; n < 24; n++ {
				e.missing[id(name, n)] = true
			}
			e.again = row.again
			tr.opts.Calibration.Learned = tr.learned
			p := tr.run(tr.Context())
			tr.want("stop", p.Stop, Stop{})
			tr.want("DELETEs sent to check", p.Calibration, row.sent)
			v := p.Verification
			words := v.Words(p.Deleted)
			if (v.Changed == "") != (row.changed == "") || !strings.Contains(v.Changed, row.changed) || !strings.Contains(words, v.Changed) {
				tr.Errorf("%s: changed %q in %q, want %q", name, v.Changed, words, row.changed)
			}
			alike := policy.SignatureOf(row.again).Equal(policy.SignatureOf(ok))
			tr.want("indistinct", v.Indistinct(), alike)
			tr.want("said to be", strings.Contains(words, "cannot be told apart"), alike)
			tr.want("kept as indistinct", tr.learned.Idempotent, alike)
			tr.want("kept of the DELETE", tr.learned.Delete.Equal(policy.SignatureOf(row.again)), !alike)
		}
	})
}

// One canary that is answered oddly, or once otherwise, takes back nothing that is known
// of DELETEs.
func TestOddCheckTakesBackNothing(t *testing.T) {
	missing := coded(404, "CC.00059404")
	for name, odd := range map[string]func(id string, nth int) (answer.Answer, bool){
		"an odd success": func(_ string, nth int) (answer.Answer, bool) {
			return answer.Answer{Status: 200, Body: answer.BodyJSON}, nth == 1
		},
		"one odd repeat": func(_ string, nth int) (answer.Answer, bool) { return ok, nth == 2 },
	} {
		e := &endpoint{look: missing, again: missing}
		try(t, 100, &e.far, func(tr *trial) {
			e.join(tr)
			tr.run(tr.Context())
			tr.load("second", 10)
			usual, canary := e.answer, ""
			e.answer = func(id string, nth int) answer.Answer {
				a := usual(id, nth)
				if e.mu.Lock(); canary == "" {
					canary = id
				}
				defer e.mu.Unlock()
				if other, is := odd(id, nth); is && id == canary {
					return other
				}
				return a
			}
			tr.opts.Calibration.Learned = tr.learned
			p := tr.run(tr.Context())
			tr.want(name+": stop", p.Stop, Stop{})
			tr.want(name+": changed", p.Verification.Changed, "")
			tr.want(name+": still known", tr.learned.Delete.Equal(policy.SignatureOf(missing)), true)
			tr.want(name+": ended", p.Deleted+p.Gone, int64(10))
		})
	}
}

// A canary that is looked at right after it was seen to be gone, and shown again or answered
// otherwise, has its time, as a replica may lag; one that is there after that stops the pass.
func TestCheckGivesTheCanaryItsTime(t *testing.T) {
	missing := coded(404, "CC.00059404")
	for name, row := range map[string]struct {
		shown answer.Answer
		stays bool
	}{
		"shown once":     {there, false},
		"answered once":  {coded(410, "CC.00059410"), false},
		"shown for good": {there, true},
	} {
		e := &endpoint{look: missing, again: missing}
		try(t, 100, &e.far, func(tr *trial) {
			e.join(tr)
			tr.run(tr.Context())
			tr.load("second", 100)
			see, seen := e.see, map[string]int{}
			e.see = func(id string, nth int) answer.Answer {
				if _, gone := e.gone[id]; gone && strings.HasPrefix(id, "second") {
					seen[id]++
					if seen[id] == 2 || row.stays && seen[id] > 1 {
						return row.shown
					}
				}
				return see(id, nth)
			}
			tr.opts.Calibration.Learned = tr.learned
			p := tr.run(tr.Context())
			tr.want(name+": stopped", p.Stop.Kind == StopCanary, row.stays)
			tr.want(name+": the look is known as before", tr.learned.Look.Equal(policy.SignatureOf(missing)), true)
			if !row.stays {
				tr.want(name+": deleted", p.Deleted, int64(100))
			}
		})
	}
}
