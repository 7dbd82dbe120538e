package worker

import (
	"context"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// TestWhatHappensDuringALogin counts: an ID that comes to be protected while a
// credential is fetched is not sent, and a pause, an outage and a stop that begin
// then hold it back, whether the login was due before the permit or after it.
func TestWhatHappensDuringALogin(t *testing.T) {
	const login = time.Minute
	tests := []struct {
		name   string
		midway func(tr *trial, w *Worker)
		want   func(tr *trial, p Pass, f *far, began time.Time)
	}{
		{
			"it comes to be protected",
			func(tr *trial, _ *Worker) {
				tr.opts.Guard.(*changing).protects = true
			},
			func(tr *trial, p Pass, f *far, _ time.Time) {
				tr.want("protected", p.Protected, int64(1))
				tr.want("requests", f.requests(), 0)
			},
		},
		{
			"a pause begins",
			func(tr *trial, _ *Worker) { tr.opts.Pacer.Pause(time.Hour) },
			func(tr *trial, _ Pass, f *far, began time.Time) {
				tr.want("sent after the pause", f.sent["first-0000"][0].Sub(began) > time.Hour, true)
			},
		},
		{
			"the breaker opens",
			func(_ *trial, w *Worker) {
				w.stages.judge.retry.Initial = time.Minute
				w.stages.gate.breaker.Retry.Initial = time.Minute
				for seq := range int64(5) {
					w.stages.judge.find(exchange{answer: busy, ruling: policy.DefaultTable().Judge(busy)}, queue.Delivery{Seq: 100 + seq}, w.now())
				}
			},
			func(tr *trial, _ Pass, f *far, began time.Time) {
				tr.want("sent as a probe", f.sent["first-0000"][0].Sub(began) >= login/2+time.Minute, true)
			},
		},
		{
			"the pass is stopped",
			func(_ *trial, w *Worker) { w.stop(&Stop{Kind: StopSignal}) },
			func(tr *trial, p Pass, f *far, _ time.Time) {
				tr.want("stop", p.Stop.Kind, StopSignal)
				tr.want("requests", f.requests(), 0)
				tr.want("pending", tr.counts().Pending, int64(1))
			},
		},
	}
	for _, tt := range tests {
		for nth, when := range []string{"before the permit", "after the permit"} {
			t.Run(tt.name+" "+when, func(t *testing.T) {
				f := &far{}
				try(t, 1, f, func(tr *trial) {
					tr.opts.Workers, tr.opts.Guard = 1, &changing{}
					w, asked := New(tr.opts), 0
					f.ready = func(context.Context) answer.Answer { // deaf, as a login that has just begun is
						if asked++; asked == nth+1 {
							time.Sleep(login / 2)
							tt.midway(tr, w)
							time.Sleep(login / 2)
						}
						return answer.Answer{}
					}
					began := time.Now()
					p, err := w.Run(tr.Context(), tr.Context())
					tr.want("error", err, nil)
					tt.want(tr, p, f, began)
				})
			})
		}
	}
}

// changing is a guard that changes its mind about everything.
type changing struct{ protects bool }

func (c *changing) Protects(string) (string, bool, error) { return "all", c.protects, nil }

// TestLoginFailsBeforeAnythingIsSent is judged as the answer, and costs the ID
// nothing: no attempt, no place in the budget, no request.
func TestLoginFailsBeforeAnythingIsSent(t *testing.T) {
	f, logins := &far{}, 0
	f.ready = func(context.Context) answer.Answer {
		if logins++; logins <= 5 {
			return answer.Answer{Fault: answer.FaultLogin, RetryAfter: time.Second}
		}
		return answer.Answer{}
	}
	try(t, 10, f, func(tr *trial) {
		tr.opts.Workers, tr.opts.Budget = 1, 10
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(10))
		tr.want("requests", p.Requests, int64(10))
		tr.want("retries", p.Retries, int64(0))
		tr.want("spent attempts", tr.spent(), 0)
	})
	f = &far{ready: func(context.Context) answer.Answer { return answer.Answer{Fault: answer.FaultRefused} }}
	try(t, 10, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopCredentials)
		tr.want("requests", f.requests(), 0)
		tr.want("pending", tr.counts().Pending, int64(10))
	})
}

// TestProtectedTaskIsNotStoppedAfterALogin either.
func TestProtectedTaskIsNotStoppedAfterALogin(t *testing.T) {
	f, all := &far{}, &changing{}
	f.answer = func(string, int) answer.Answer { return running }
	f.ready = func(context.Context) answer.Answer {
		if f.requests() > 0 {
			time.Sleep(time.Minute)
			all.protects = true
		}
		return answer.Answer{}
	}
	try(t, 1, f, func(tr *trial) {
		tr.opts.Retry.Running, tr.opts.Guard = policy.RunningStop, all
		p := tr.run(tr.Context())
		tr.want("stops", f.stops, 0)
		tr.want("protected", p.Protected, int64(1))
	})
}
