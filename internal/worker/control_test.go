package worker

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// Somebody else may delete the live task that canaries are compared with: another one
// takes its place.
func TestControlThatSomebodyElseDeletes(t *testing.T) {
	e := plain()
	try(t, 200, &e.far, func(tr *trial) {
		e.join(tr)
		// The control is looked at a second time while it is there; it is gone then.
		see, taken := e.see, ""
		e.see = func(i string, nth int) answer.Answer {
			a := see(i, nth)
			if taken == "" && a.Body == answer.BodyTask && nth == 2 {
				taken, e.gone[i] = i, time.Now()
				return e.look
			}
			return a
		}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("deleted", p.Deleted, int64(199))
		tr.want("gone", p.Gone, int64(1))
		tr.want("learned", p.Verification.Learned.KnowsDelete(), true)
		tr.want("within a minute", p.FinishedAt.Sub(p.StartedAt) < time.Minute, true)
	})
}

// firstOf returns a function that reports whether an ID is the one that it was called with
// first: that of the first canary.
func firstOf() func(id string) bool {
	var first atomic.Pointer[string]
	return func(id string) bool {
		first.CompareAndSwap(nil, &id)
		return *first.Load() == id
	}
}

// A canary that is answered otherwise than others, and deleted all the same, does not
// keep a pass from learning how DELETE is answered for what is not there.
func TestOddCanaryTeachesNothing(t *testing.T) {
	unknown := answer.Answer{Status: 200, Body: answer.BodyJSON}
	for name, again := range map[string]answer.Answer{"idempotent": ok, "not": coded(404, "CC.00059404")} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.again = again
			try(t, 100, &e.far, func(tr *trial) {
				e.join(tr)
				usual, isFirst := e.answer, firstOf()
				e.answer = func(i string, nth int) answer.Answer {
					a := usual(i, nth)
					if isFirst(i) {
						return unknown
					}
					return a
				}
				p := tr.run(tr.Context())
				tr.want("learned", p.Verification.Learned.KnowsDelete(), true)
				tr.want("indistinct", p.Verification.Indistinct(), name == "idempotent")
				tr.want("deleted", p.Deleted, int64(99))
				tr.want("gone", p.Gone, int64(1))
			})
		})
	}
}

// Where looks show every task, one canary that is answered otherwise than others is no
// reason to stop either.
func TestOddCanaryWhereLooksShowEverything(t *testing.T) {
	e := plain()
	e.all, e.unseen = true, time.Hour
	try(t, 100, &e.far, func(tr *trial) {
		e.join(tr)
		usual, isFirst := e.answer, firstOf()
		e.answer = func(i string, nth int) answer.Answer {
			if isFirst(i) {
				return answer.Answer{Status: 200, Body: answer.BodyJSON}
			}
			return usual(i, nth)
		}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("mode", p.Verification.Mode, ModeUnverified)
		tr.want("deleted", p.Deleted, int64(99))
	})
}

// A service may answer a look otherwise while it is still deleting. What it answers
// in the end is learned.
func TestLooksThatChangeWhileDeleting(t *testing.T) {
	deleting := coded(200, "CC.00059001")
	for name, after := range map[string]time.Duration{"for all canaries": 4 * time.Second, "for some of them": 150 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.again = coded(422, "CC.00059404")
			for i := range 40 {
				e.missing[id("first", i*5)] = true
			}
			e.latency = 100 * time.Millisecond
			try(t, 200, &e.far, func(tr *trial) {
				e.join(tr)
				see := e.see
				e.see = func(i string, nth int) answer.Answer {
					if at := e.gone[i]; !at.IsZero() && time.Since(at) < after {
						return deleting
					}
					return see(i, nth)
				}
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("deleted", p.Deleted, int64(160))
				tr.want("gone", p.Gone, int64(40))
				tr.want("learned", p.Verification.Learned.Look.Equal(policy.SignatureOf(e.look)), true)
			})
		})
	}
}

// Where a look at what is not there fails, nobody can tell that from a fault. The pass
// goes on by the service's word, says so, and does not wait for long.
func TestLooksThatFailForWhatIsNotThere(t *testing.T) {
	e := plain()
	e.look = answer.Answer{Status: 500, Body: answer.BodyJSON}
	try(t, 200, &e.far, func(tr *trial) {
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("deleted", p.Deleted, int64(200))
		tr.want("mode", p.Verification.Mode, ModeUnverified)
		tr.want("says why: "+p.Verification.Why, strings.Contains(p.Verification.Why, "HTTP 500"), true)
		tr.want("within minutes", p.FinishedAt.Sub(p.StartedAt) < 3*time.Minute, true)
		tr.opts.Calibration.StopUnverified = true
		tr.load("second", 100)
		tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopCanary)
	})
}

// A pass in which no look shows a task is verified only when looks are answered as was
// learned; one forbidden task among many that are gone makes no difference.
func TestPassesWithoutALiveTask(t *testing.T) {
	forbidden := coded(200, "CC.00050010")
	other := coded(422, "CC.00051111")
	for name, row := range map[string]struct {
		known bool
		look  func(nth int) answer.Answer
		mode  Mode
		stop  StopKind
	}{
		"gone as learned":                {true, func(int) answer.Answer { return coded(404, "CC.00059404") }, ModeVerified, StopNone},
		"answered as never before":       {true, func(int) answer.Answer { return other }, ModeUnverified, StopNone},
		"all forbidden":                  {false, func(int) answer.Answer { return forbidden }, ModeUnverified, StopNone},
		"one forbidden, the others gone": {false, func(n int) answer.Answer { return map[bool]answer.Answer{true: forbidden, false: other}[n == 3] }, ModeNone, StopCanary},
	} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			try(t, 60, &e.far, func(tr *trial) {
				e.join(tr)
				n := 0
				e.see = func(string, int) answer.Answer { n++; return row.look(n) }
				if row.known {
					tr.opts.Calibration.Learned = policy.Learned{Look: policy.SignatureOf(coded(404, "CC.00059404")), Delete: policy.SignatureOf(coded(404, "CC.00059404")), Canaries: 3}
				}
				p := tr.run(tr.Context())
				tr.want("mode", p.Verification.Mode, row.mode)
				tr.want("stop", p.Stop.Kind, row.stop)
			})
		})
	}
}
