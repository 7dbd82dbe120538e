package worker

import (
	"context"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// TestStopWhileOpen ends the pass at once: those at the gate go back.
func TestStopWhileOpen(t *testing.T) {
	o := &outage{from: 5 * time.Second, long: 24 * time.Hour, answer: always(busy), far: far{latency: time.Second}}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		ctx, cancel := context.WithTimeoutCause(tr.Context(), 30*time.Minute, &Stop{Kind: StopSignal})
		defer cancel()
		p := tr.run(ctx)
		tr.want("stop", p.Stop.Kind, StopSignal)
		tr.want("dead", p.Dead, int64(0))
		if took := time.Since(o.began); took > 30*time.Minute+2*time.Second {
			tr.Errorf("pass took %v", took)
		}
	})
}

// TestThrottlesWhileOpen: a probe that is throttled is no success and no failure.
func TestThrottlesWhileOpen(t *testing.T) {
	asked := 0
	o := &outage{from: 5 * time.Second, long: time.Hour, far: far{latency: time.Second}, answer: func(string) answer.Answer {
		if asked++; asked > 20 && asked%2 == 0 {
			return tooMany
		}
		return busy
	}}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		tr.opts.Workers = 1 // so that asked needs no lock
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(300))
		tr.want("throttled at all", p.Throttled > 10, true)
		if n := tr.spent(); n > 1 {
			tr.Errorf("%d attempts were spent", n)
		}
		for times, i := o.probes(tr), 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < time.Second {
				tr.Fatalf("probe %d left %v after the one before", i, gap)
			}
		}
	})
}

// TestProtectedWhileOpen: the guard is asked after the wait at the gate, and a
// probe that is not sent leaves the place to the next.
func TestProtectedWhileOpen(t *testing.T) {
	o := &outage{from: 5 * time.Second, long: time.Hour, answer: always(busy), far: far{latency: time.Second}}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		tr.opts.Guard = guard(func(id string) (string, bool, error) {
			return "late", time.Since(o.began) > 30*time.Minute && id < "first-0250", nil
		})
		p := tr.run(tr.Context())
		tr.want("settled", p.Deleted+p.Protected, int64(300))
		tr.want("protected at all", p.Protected > 200, true)
		o.checkProbes(tr)
		for id, sent := range o.sent {
			if last := sent[len(sent)-1]; id < "first-0250" && last.Sub(o.began) > 30*time.Minute {
				tr.Errorf("%s was sent %v after the start", id, last.Sub(o.began))
			}
		}
	})
}

// TestBudgetWhileOpen: a probe that the budget forbids hangs nobody. What was begun is
// finished, so an outage that does not end is what ends the pass.
func TestBudgetWhileOpen(t *testing.T) {
	o := &outage{from: 5 * time.Second, long: 24 * time.Hour, answer: always(busy), far: far{latency: time.Second}}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		tr.opts.Budget = 30
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopUnreachable)
		tr.want("pending", tr.counts().Pending, 300-p.Deleted)
	})
}

// TestProbeRenewsItsCredential: a token that expired in the outage is renewed as
// part of the probe.
func TestProbeRenewsItsCredential(t *testing.T) {
	o := &outage{from: 5 * time.Second, long: time.Hour, far: far{latency: time.Second}, answer: always(busy)}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		healthy := o.far.answer
		o.far.answer = func(id string, nth int) answer.Answer {
			if time.Since(o.began) > time.Hour+5*time.Second && o.credential() == 1 {
				return expired
			}
			return healthy(id, nth)
		}
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(300))
		tr.want("renewals", o.renewals, 1)
	})
}

// TestOutageIsNotCountedByDeadlines: an ID that failed before the outage, and
// does so for a while after it, has its whole deadline left.
func TestOutageIsNotCountedByDeadlines(t *testing.T) {
	o := &outage{from: 5 * time.Second, long: 3 * time.Hour, answer: always(busy), far: far{latency: time.Second}}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		tr.opts.Retry.Attempts = 10
		healthy, after := o.far.answer, 0
		o.far.answer = func(id string, nth int) answer.Answer {
			if id == "first-0004" && time.Since(o.began) < 3*time.Hour+3*time.Minute {
				if !o.down() && nth > 1 {
					after++
				}
				return busy
			}
			return healthy(id, nth)
		}
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(300))
		tr.want("failed after the outage as well", after > 1, true)
	})
}
