package worker

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/policy"
)

// A service that has no time for a look is asked again for as long as an ID has
// within a pass; a short outage among the canaries stops nobody.
func TestLookOutlastsAnOutage(t *testing.T) {
	rejected := policy.Answer{Status: 503, Body: policy.BodyHTML}
	for name, answer := range map[string]policy.Answer{"busy": busy, "no connection": unreached, "time-outs": timedOut, "its proxy": rejected} {
		t.Run(name, func(t *testing.T) {
			f, began := &far{}, time.Time{}
			f.look = func(int) policy.Answer {
				if time.Since(began) < 20*time.Minute {
					return answer
				}
				return absent
			}
			try(t, 50, f, func(tr *trial) {
				began = time.Now()
				tr.opts.Canary = 3
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("deleted", p.Deleted, int64(50))
				tr.want("not a storm of looks", f.looked["first-0000"] < 40, true)
			})
		})
	}
}

// What stops the pass says what was answered and what to do about that, and the ID
// is in doubt: an advice about permissions is for those who lack one.
func TestLookSaysWhatWasAnswered(t *testing.T) {
	tests := []struct {
		name      string
		answer    policy.Answer
		says, not string
	}{
		{"busy for too long", busy, "CC.00000000 (HTTP 400): the network is busy; it went on for too long, run again later", "task:get"},
		{"no permission", noRight, "CC.00050010 (HTTP 200): the user has no permission; grant codeartscheck:task:get", "task:delete"},
		{"an unknown code", coded(400, "CC.00059404"), "CC.00059404 (HTTP 400): the request was refused; find out what this answer means", "task:get"},
		{"a certificate", policy.Answer{Fault: policy.FaultTLS}, "no answer (tls)", "task:get"},
		{"still there", there, "task first-0000, and the task is still there", "task:get"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, 50, &far{look: func(int) policy.Answer { return tt.answer }}, func(tr *trial) {
				tr.opts.Workers, tr.opts.Canary = 1, 1
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, StopCanary)
				if !strings.Contains(p.Stop.Why, tt.says) || strings.Contains(p.Stop.Why, tt.not) {
					tr.Errorf("Why = %q", p.Stop.Why)
				}
				tr.want("pending", tr.counts().Pending, int64(50))
				tr.want("first told to be in doubt", tr.told[0].Lost, true)
			})
		})
	}
}

// A look that is answered with a wait longer than the pass stops it, as a DELETE
// would, instead of hanging for a day.
func TestLookWithAnAbsurdWait(t *testing.T) {
	later := tooMany
	later.RetryAfter = 24 * time.Hour
	try(t, 50, &far{look: func(int) policy.Answer { return later }}, func(tr *trial) {
		tr.opts.Canary = 3
		began := time.Now()
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopThrottle)
		tr.want("pending", tr.counts().Pending, int64(50))
		for _, o := range tr.told {
			if f := o.Delivery; !o.Lost && o.Reason != "not sent" {
				tr.Errorf("%s was deleted, and is not in doubt", f.ID)
			}
		}
		tr.want("took less than a minute", time.Since(began) < time.Minute, true)
	})
}

// A throttled look, and a throttled request to stop a check, slow down everyone.
func TestThrottledLookAndStopSlowEveryone(t *testing.T) {
	quiet := func(tr *trial, f *far, from time.Time) {
		tr.Helper()
		if from.IsZero() {
			tr.Fatal("nothing was throttled")
		}
		for id, times := range f.sent {
			for _, at := range times {
				if at.After(from) && at.Before(from.Add(tooMany.RetryAfter)) {
					tr.Errorf("%s was sent %v after the throttle", id, at.Sub(from))
				}
			}
		}
	}
	t.Run("look", func(t *testing.T) {
		f, from := &far{latency: 10 * time.Millisecond}, time.Time{}
		f.look = func(int) policy.Answer {
			if from.IsZero() {
				from = time.Now()
				return tooMany
			}
			return absent
		}
		try(t, 50, f, func(tr *trial) {
			tr.opts.Canary = 3
			tr.want("deleted", tr.run(tr.Context()).Deleted, int64(50))
			quiet(tr, f, from)
		})
	})
	t.Run("stop", func(t *testing.T) {
		f, from := &far{latency: 10 * time.Millisecond}, time.Time{}
		f.answer = func(id string, nth int) policy.Answer {
			if id == "first-0003" && nth == 1 {
				return running
			}
			return ok
		}
		f.stop = func() policy.Answer { from = time.Now(); return tooMany }
		try(t, 50, f, func(tr *trial) {
			tr.opts.Retry.Running = policy.RunningStop
			tr.want("deleted", tr.run(tr.Context()).Deleted, int64(50))
			quiet(tr, f, from)
		})
	})
}

// A credential that is rejected at a look is renewed; one that is refused for good
// ends the pass.
func TestLookRenewsItsCredential(t *testing.T) {
	f := &far{}
	f.look = func(int) policy.Answer {
		if f.renewals == 0 {
			return expired
		}
		return absent
	}
	try(t, 50, f, func(tr *trial) {
		tr.opts.Workers, tr.opts.Canary = 1, 1
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(50))
		tr.want("renewals", f.renewals, 1)
		tr.want("looks", f.looked["first-0000"], 2)
	})
	f = &far{look: func(int) policy.Answer { return expired }, renewed: policy.Answer{Fault: policy.FaultRefused}}
	try(t, 50, f, func(tr *trial) {
		tr.opts.Workers, tr.opts.Canary = 1, 1
		tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopCredentials)
		tr.want("looks", f.looked["first-0000"], 1)
	})
}
