package worker

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/queue"
)

func TestPassDeletesAll(t *testing.T) {
	f := &far{latency: 50 * time.Millisecond}
	try(t, 100, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("requests", p.Requests, int64(100))
		tr.want("stop", p.Stop, Stop{})
		tr.want("most requests under way", f.max, 4)
		tr.want("outcomes recorded", len(tr.recorded), 100)
		for _, o := range tr.recorded {
			if o.State != queue.Deleted || o.Attempts != 1 || o.FirstAt.IsZero() || o.Status != 200 {
				tr.Fatalf("recorded %+v", o)
			}
		}
	})
}

func TestNothingDue(t *testing.T) {
	try(t, 0, &far{}, func(tr *trial) {
		tr.want("pass", tr.run(tr.Context()).Settled(), int64(0))
	})
}

func TestBusyIsTriedAgainAndWaitsInTheQueue(t *testing.T) {
	f := &far{answer: func(_ string, nth int) answer.Answer {
		if nth < 5 {
			return busy
		}
		return ok
	}}
	try(t, 1, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(1))
		tr.want("retries", p.Retries, int64(4))
		times := f.sent[id("first", 0)]
		for i, wait := range []time.Duration{1, 1, 1, 2} { // two may be the far side's doing, and cost nothing
			tr.want(fmt.Sprint("wait ", i), times[i+1].Sub(times[i]).Truncate(time.Second), wait*time.Second)
		}
	})
}

// TestPassWaitsForOddDueTimes: a due time that the ledger rounds is still one
// that this pass waits for.
func TestPassWaitsForOddDueTimes(t *testing.T) {
	f := &far{answer: func(_ string, nth int) answer.Answer {
		if nth < 4 {
			a := busy
			a.RetryAfter = 2*time.Minute + 123456*time.Nanosecond
			return a
		}
		return ok
	}}
	try(t, 1, f, func(tr *trial) {
		tr.opts.Jitter = func() float64 { return 0.123456789 }
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(1))
	})
}

// TestWaitingHoldsNoWorker: one worker, one task that is running for an hour
// less a minute, and others that are deleted meanwhile.
func TestWaitingHoldsNoWorker(t *testing.T) {
	f := &far{answer: func(id string, nth int) answer.Answer {
		if id == "first-0000" && nth < 10 {
			return running
		}
		return ok
	}}
	try(t, 20, f, func(tr *trial) {
		tr.opts.Workers = 1
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(20))
		last := tr.recorded[len(tr.recorded)-1]
		tr.want("last", last.Delivery.ID, "first-0000")
		tr.want("attempts of the running task", last.Attempts, 1)
	})
}

// TestDeadlineIsCountedWithinThePass: an ID that a stop left waiting yesterday
// is not given up at its first failure today.
func TestDeadlineIsCountedWithinThePass(t *testing.T) {
	f := &far{answer: func(_ string, nth int) answer.Answer {
		if nth < 3 {
			return busy
		}
		return ok
	}}
	try(t, 1, f, func(tr *trial) {
		ctx, cancel := context.WithTimeoutCause(tr.Context(), 100*time.Millisecond, &Stop{Kind: StopSignal})
		defer cancel()
		tr.want("settled by the first pass", tr.run(ctx).Settled(), int64(0))
		time.Sleep(24 * time.Hour)
		p, err := New(tr.opts).Run(tr.Context(), tr.Context())
		if err != nil {
			tr.Fatal(err)
		}
		tr.want("deleted by the second", p.Deleted, int64(1))
	})
}

func TestRunningPastTheDeadlineIsLeftPending(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer { return running }}
	try(t, 1, f, func(tr *trial) {
		began := time.Now()
		p := tr.run(tr.Context())
		tr.want("settled", p.Settled(), int64(0))
		tr.want("pending", tr.counts().Pending, int64(1))
		if took := time.Since(began); took < time.Hour || took > 2*time.Hour {
			tr.Errorf("pass took %v, want the deadline of an hour and little more", took)
		}
	})
}

func TestAttemptsAreUsedUp(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer { return busy }}
	try(t, 3, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("dead", p.Dead, int64(3))
		tr.want("requests, two of which cost an ID nothing", p.Requests, int64(18))
		last := tr.recorded[len(tr.recorded)-1]
		tr.want("code", last.Code, "CC.00000000")
		tr.want("attempts", last.Attempts, 4)
	})
}

// TestOneThrottleStopsNobody: it lowers the rate a little, and its ID waits for itself alone.
func TestOneThrottleStopsNobody(t *testing.T) {
	f := &far{answer: func(id string, nth int) answer.Answer {
		if id == "first-0105" && nth == 1 {
			return answer.Answer{Status: 429, Body: answer.BodyEmpty}
		}
		return ok
	}}
	try(t, 200, f, func(tr *trial) {
		tr.opts.Pacer = pace.NewAdaptive(pace.Options{Ceiling: 10, Burst: 1})
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(200))
		tr.want("throttled", p.Throttled, int64(1))
		throttled, soon := f.sent["first-0105"][0], 0
		for _, times := range f.sent {
			for _, at := range times {
				if at.After(throttled) && at.Before(throttled.Add(2*time.Second)) {
					soon++
				}
			}
		}
		if soon < 17 {
			tr.Errorf("%d requests in the two seconds after the throttle, at 10 a second", soon)
		}
		for _, o := range tr.recorded {
			if o.Attempts > 1 {
				tr.Fatalf("throttle spent an attempt: %+v", o)
			}
		}
	})
}

func TestAbsurdRetryAfterStopsThePass(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer {
		a := tooMany
		a.RetryAfter = 24 * time.Hour
		return a
	}}
	try(t, 50, f, func(tr *trial) {
		began := time.Now()
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopThrottle)
		tr.want("pending", tr.counts().Pending, int64(50))
		if took := time.Since(began); took > time.Minute {
			tr.Errorf("pass took %v", took)
		}
	})
}

// TestRejectedCredentialIsRenewedAndSentAgain: a few rejections show that the
// credential and not the ID is to blame; no ID pays for it.
func TestRejectedCredentialIsRenewedAndSentAgain(t *testing.T) {
	f := &far{}
	f.answer = func(string, int) answer.Answer {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.renewals == 0 {
			return expired
		}
		return ok
	}
	try(t, 40, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(40))
		tr.want("renewals", f.renewals, 1)
		tr.want("rejected", p.Requests-40 <= 8, true)
		for _, o := range tr.recorded {
			if o.Attempts > 1 || o.State == queue.Dead {
				tr.Errorf("an ID paid: %+v", o)
			}
		}
	})
}

func TestBlamedRunStopsWithEverythingPending(t *testing.T) {
	tests := []struct {
		name    string
		answer  answer.Answer
		renewed answer.Answer
	}{
		{"no permission", noRight, answer.Answer{}},
		{"rejected also after the renewal", expired, answer.Answer{}},
		{"refused login", expired, answer.Answer{Fault: answer.FaultRefused}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &far{answer: func(string, int) answer.Answer { return tt.answer }, renewed: tt.renewed}
			try(t, 100, f, func(tr *trial) {
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, StopCredentials)
				tr.want("pending", tr.counts().Pending, int64(100))
				for _, o := range tr.recorded {
					if o.Attempts != 0 {
						tr.Errorf("an attempt was spent: %+v", o)
					}
				}
				// Three show that a credential is to blame, twice, and ten that it is not; as
				// many may be under way each time as there are other workers.
				if most := 3 + 3 + 10 + 3*(tr.opts.Workers-1); f.requests() > most {
					tr.Errorf("%d requests before the stop, want at most %d", f.requests(), most)
				}
			})
		})
	}
}

// TestOneForeignTaskAmongGoodOnes: no permission for one ID only makes a dead
// letter of it and stops nobody.
func TestOneForeignTaskAmongGoodOnes(t *testing.T) {
	f := &far{latency: 100 * time.Millisecond, answer: func(id string, _ int) answer.Answer {
		if id == "first-0003" {
			return noRight
		}
		return ok
	}}
	try(t, 2000, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(1999))
		tr.want("dead", p.Dead, int64(1))
		tr.want("stop", p.Stop, Stop{})
	})
}

func TestLostAnswerIsSaid(t *testing.T) {
	f := &far{answer: func(_ string, nth int) answer.Answer {
		if nth == 1 {
			return timedOut
		}
		return coded(404, "CC.00059999")
	}}
	try(t, 1, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("gone", p.Gone, int64(1))
		tr.want("reason", tr.recorded[1].Reason, "gone, an earlier request's answer was lost")
	})
}

type guard func(string) (string, bool, error)

func (g guard) Protects(id string) (string, bool, error) { return g(id) }

func TestGuard(t *testing.T) {
	f := &far{}
	try(t, 10, f, func(tr *trial) {
		tr.opts.Guard = guard(func(id string) (string, bool, error) { return "glob:*7", id == "first-0007", nil })
		p := tr.run(tr.Context())
		tr.want("protected", p.Protected, int64(1))
		tr.want("deleted", p.Deleted, int64(9))
		tr.want("requests for the protected one", len(f.sent["first-0007"]), 0)
	})
}

func TestGuardThatCannotSayStopsThePass(t *testing.T) {
	f := &far{}
	try(t, 10, f, func(tr *trial) {
		tr.opts.Guard = guard(func(string) (string, bool, error) { return "", false, context.DeadlineExceeded })
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopGuard)
		tr.want("requests", f.requests(), 0)
		tr.want("pending", tr.counts().Pending, int64(10))
	})
}

func TestBudget(t *testing.T) {
	f := &far{}
	try(t, 100, f, func(tr *trial) {
		tr.opts.Budget = 10
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopMaxDeletes)
		tr.want("deleted", p.Deleted, int64(10))
		tr.want("IDs sent", len(f.sent), 10)
		tr.want("pending", tr.counts().Pending, int64(90))
		p, err := New(tr.opts).Run(tr.Context(), tr.Context())
		if err != nil {
			tr.Fatal(err)
		}
		tr.want("deleted by the next pass", p.Deleted, int64(10))
	})
}

func TestDrain(t *testing.T) {
	f := &far{latency: 5 * time.Second}
	try(t, 100, f, func(tr *trial) {
		stop := &Stop{Kind: StopSignal, Why: "signal"}
		ctx, cancel := context.WithTimeoutCause(tr.Context(), 12*time.Second, stop)
		defer cancel()
		began := time.Now()
		p := tr.run(ctx)
		tr.want("stop", p.Stop, *stop)
		tr.want("deleted", p.Deleted, int64(12))
		tr.want("requests", f.requests(), 12)
		tr.want("pending", tr.counts().Pending, int64(88))
		tr.want("took", time.Since(began).Truncate(time.Second), 15*time.Second)
	})
}

func TestGraceCutsWhatHangs(t *testing.T) {
	f := &far{latency: time.Hour}
	try(t, 100, f, func(tr *trial) {
		ctx, cancel := context.WithTimeoutCause(tr.Context(), time.Second, &Stop{Kind: StopSignal})
		defer cancel()
		began := time.Now()
		p := tr.run(ctx)
		tr.want("deleted", p.Deleted, int64(0))
		tr.want("pending", tr.counts().Pending, int64(100))
		tr.want("took", time.Since(began).Truncate(time.Second), 31*time.Second)
		lost := slices.ContainsFunc(tr.recorded, func(o queue.Outcome) bool { return o.Lost })
		tr.want("the lost answers are remembered", lost, true)
	})
}

func TestSecondSignalAborts(t *testing.T) {
	f := &far{latency: time.Hour}
	try(t, 100, f, func(tr *trial) {
		taking, stop := context.WithTimeoutCause(tr.Context(), time.Second, &Stop{Kind: StopSignal})
		defer stop()
		sending, abort := context.WithTimeout(tr.Context(), 3*time.Second)
		defer abort()
		began := time.Now()
		p, err := New(tr.opts).Run(taking, sending)
		tr.want("error", err, nil)
		tr.want("settled", p.Settled(), int64(0))
		tr.want("took", time.Since(began).Truncate(time.Second), 3*time.Second)
	})
}
