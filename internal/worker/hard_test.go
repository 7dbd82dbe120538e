package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// plain answers 404 with a code for what is not there.
func plain() *endpoint {
	return &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), missing: map[string]bool{}, odd: map[string]answer.Answer{}}
}

// seeing has looks at the IDs that f names answered by it, as long as they are there.
func (e *endpoint) seeing(f func(id string) (answer.Answer, bool)) {
	see := e.see
	e.see = func(id string, nth int) answer.Answer {
		if a, ok := f(id); ok && e.gone[id].IsZero() {
			return a
		}
		return see(id, nth)
	}
}

// IDs at which looks always fail keep no others waiting.
func TestOddLooksDoNotStopCalibration(t *testing.T) {
	for name, odd := range map[string]answer.Answer{"busy": busy, "500": {Status: 500, Body: answer.BodyHTML}, "timeout": timedOut} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			try(t, 100, &e.far, func(tr *trial) {
				e.join(tr)
				e.seeing(func(i string) (answer.Answer, bool) { return odd, i == madeUp || i[len(i)-1]%2 == 0 })
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("deleted", p.Deleted, int64(100))
				tr.want("mode", p.Verification.Mode, ModeVerified)
				tr.want("within minutes", p.FinishedAt.Sub(p.StartedAt) < 5*time.Minute, true)
			})
		})
	}
}

type guardFunc func(id string) (string, bool, error)

func (f guardFunc) Protects(id string) (string, bool, error) { return f(id) }

// Protected IDs that are drawn first are no reason not to calibrate.
func TestProtectedCandidatesAreReplaced(t *testing.T) {
	e := plain()
	try(t, 400, &e.far, func(tr *trial) {
		e.join(tr)
		tr.opts.Guard = guardFunc(func(i string) (string, bool, error) { return "r", i < id("first", 396), nil })
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(4))
		tr.want("protected", p.Protected, int64(396))
		tr.want("mode", p.Verification.Mode, ModeVerified)
		tr.want("learned", p.Verification.Learned.KnowsLook(), true)
	})
}

// A service that throttles at the start is verified all the same.
func TestThrottledCanaries(t *testing.T) {
	e := plain()
	try(t, 300, &e.far, func(tr *trial) {
		e.join(tr)
		began, reply := time.Now(), e.answer
		e.answer = func(i string, n int) answer.Answer {
			if time.Since(began) < 5*time.Minute {
				return tooMany
			}
			return reply(i, n)
		}
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(300))
		tr.want("mode", p.Verification.Mode, ModeVerified)
	})
}

// Where no canary could be deleted, the pass does not go on unverified in silence.
func TestNoCanaryIsLoud(t *testing.T) {
	for _, stop := range []bool{false, true} {
		e := plain()
		try(t, 300, &e.far, func(tr *trial) {
			e.join(tr)
			var n atomic.Int64
			reply := e.answer
			e.answer = func(i string, nth int) answer.Answer {
				if n.Add(1) <= 20 {
					return running
				}
				return reply(i, nth)
			}
			tr.opts.Calibration.StopUnverified = stop
			p := tr.run(tr.Context())
			if p.Deleted > 0 && p.Verification.Mode == ModeNone || stop && p.Deleted > 0 {
				tr.Errorf("%d deleted, mode %q", p.Deleted, p.Verification.Mode)
			}
		})
	}
}

// Looks that tell for one canary tell for the others as well, whatever they show for
// a made-up ID.
func TestACanaryThatStaysIsAnAlarmWhereLooksTell(t *testing.T) {
	e := plain()
	e.all = true
	try(t, 100, &e.far, func(tr *trial) {
		e.join(tr)
		var n atomic.Int64
		reply := e.answer
		e.answer = func(i string, nth int) answer.Answer {
			if n.Add(1) == 2 {
				return ok // and deletes nothing
			}
			return reply(i, nth)
		}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopCanary)
	})
}

// A credential that expires after the only DELETE does not look like absence.
func TestExpiredCredentialIsNotAbsence(t *testing.T) {
	e := plain()
	e.success = answer.Answer{Status: 202, Body: answer.BodyJSON}
	e.unseen = 10 * time.Minute
	try(t, 1, &e.far, func(tr *trial) {
		e.join(tr)
		see := e.see
		e.see = func(i string, n int) answer.Answer {
			if len(e.gone) > 0 && e.renewals == 0 {
				return expired
			}
			return see(i, n)
		}
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(1))
		tr.want("took", p.FinishedAt.Sub(p.StartedAt) >= 10*time.Minute, true)
	})
}

// What is left over and always fails becomes dead letters after a few passes.
func TestLeftoversDieWithCalibration(t *testing.T) {
	for _, left := range []int{1, 6, 30} {
		e := plain()
		try(t, 100, &e.far, func(tr *trial) {
			for i := range left {
				e.odd[id("first", i)] = busy
			}
			e.join(tr)
			for n := 1; n <= 6; n++ {
				p := tr.run(tr.Context())
				tr.want("within the deadline and a little", p.FinishedAt.Sub(p.StartedAt) < 65*time.Minute, true)
			}
			tr.want("dead", tr.counts().Dead, int64(left))
		})
	}
}

// Without a deadline an accepted deletion has as long as the service needs.
func TestAcceptedCanaryWithoutDeadline(t *testing.T) {
	e := plain()
	e.success, e.unseen = answer.Answer{Status: 202, Body: answer.BodyJSON}, 10*time.Minute
	try(t, 20, &e.far, func(tr *trial) {
		e.join(tr)
		tr.opts.Retry.Deadline = 0
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("deleted", p.Deleted, int64(20))
	})
}

// Small lists, few workers, small budgets, and stops at each moment: every lease ends,
// and no ID is lost.
func TestSmallPasses(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		for _, workers := range []int{1, 4} {
			for _, most := range []int64{0, 1, 4} {
				for _, stop := range []time.Duration{time.Millisecond, 1500 * time.Millisecond, 5 * time.Second, time.Hour} {
					e := plain()
					e.latency = time.Second
					try(t, n, &e.far, func(tr *trial) {
						e.join(tr)
						tr.opts.Workers, tr.opts.Budget = workers, most
						ctx, cancel := context.WithTimeoutCause(tr.Context(), stop, &Stop{Kind: StopSignal})
						defer cancel()
						p := tr.run(ctx)
						if most > 0 && int64(len(e.sent)) > most {
							tr.Errorf("n %d workers %d most %d stop %v: %d sent", n, workers, most, stop, len(e.sent))
						}
						if stop == time.Hour && p.FinishedAt.Sub(p.StartedAt) > 2*time.Minute {
							tr.Errorf("n %d workers %d most %d: took %v", n, workers, most, p.FinishedAt.Sub(p.StartedAt))
						}
						if want := int64(n); stop == time.Hour {
							if most > 0 {
								want = min(want, most)
							}
							tr.want("deleted", p.Deleted, want)
						}
						tr.opts.Budget = 0
						p = tr.run(tr.Context())
						c := tr.counts()
						if c.Pending != 0 || c.Dead != 0 || c.Deleted+c.Gone != int64(n) {
							tr.Errorf("n %d workers %d most %d stop %v: after the second pass %+v, %v", n, workers, most, stop, c, p.Stop)
						}
					})
				}
			}
		}
	}
}
