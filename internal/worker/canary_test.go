package worker

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/policy"
)

var there = policy.Answer{Status: 200, Body: policy.BodyTask}

// The first IDs go a few at a time until they are seen to be gone; then the pool
// is free.
func TestCanary(t *testing.T) {
	f := &far{latency: 10 * time.Millisecond, look: func(nth int) policy.Answer {
		if nth == 1 {
			return there // it shows a little later
		}
		return absent
	}}
	early := 0
	f.answer = func(string, int) policy.Answer {
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.looked) < 3 {
			early = max(early, f.now)
		}
		return ok
	}
	try(t, 50, f, func(tr *trial) {
		tr.opts.Workers, tr.opts.Canary = 16, 3
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(50))
		tr.want("looked at", len(f.looked), 3)
		tr.want("at once before they are seen to be gone", early, 3)
		tr.want("at once after that", f.max, 16)
	})
}

// A canary that is still there, or that nobody can see, stops the pass: it is not
// deleted, and hardly anything was sent.
func TestCanaryStopsThePass(t *testing.T) {
	for said, answer := range map[string]policy.Answer{"still there": there, "task:get": noRight, "nobody can see": timedOut} {
		t.Run(said, func(t *testing.T) {
			try(t, 50, &far{look: func(int) policy.Answer { return answer }}, func(tr *trial) {
				tr.opts.Workers, tr.opts.Canary = 16, 3
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, StopCanary)
				tr.want("deleted", p.Deleted, int64(0))
				tr.want("requests", p.Requests, int64(3))
				c := tr.counts()
				tr.want("pending", c.Pending, int64(50))
				tr.want("in doubt", c.Waiting, int64(3))
				if !strings.Contains(p.Stop.Why, said) {
					t.Errorf("Why = %q", p.Stop.Why)
				}
			})
		})
	}
}

// Only deletions are canaries: what is gone already shows nothing.
func TestCanariesAreDeletions(t *testing.T) {
	f := &far{look: func(int) policy.Answer { return absent }}
	f.answer = func(task string, _ int) policy.Answer {
		if task < id("first", 20) {
			return absent
		}
		return ok
	}
	try(t, 50, f, func(tr *trial) {
		tr.opts.Canary = 3
		p := tr.run(tr.Context())
		tr.want("gone", p.Gone, int64(20))
		tr.want("deleted", p.Deleted, int64(30))
		tr.want("looked at", len(f.looked), 3)
	})
}

// A running task is deferred, left to the next pass, or stopped and deleted; it
// never spends an attempt.
func TestRunningTasks(t *testing.T) {
	for _, row := range []struct {
		choice   policy.Running
		stops    int
		deleted  int64
		requests int64
		waits    bool
	}{
		{policy.RunningDefer, 0, 10, 11, true},
		{policy.RunningSkip, 0, 9, 10, false},
		{policy.RunningStop, 1, 10, 11, false},
	} {
		t.Run(string(row.choice), func(t *testing.T) {
			f := &far{answer: func(task string, nth int) policy.Answer {
				if task == id("first", 3) && nth == 1 {
					return running
				}
				return ok
			}}
			try(t, 10, f, func(tr *trial) {
				tr.opts.Retry.Running = row.choice
				began := time.Now()
				p := tr.run(tr.Context())
				tr.want("deleted", p.Deleted, row.deleted)
				tr.want("requests", p.Requests, row.requests)
				tr.want("stops", f.stops, row.stops)
				tr.want("dead", p.Dead, int64(0))
				tr.want("waited", time.Since(began) >= tr.opts.Retry.Max, row.waits)
			})
		})
	}
}

// A protected task is not stopped either.
func TestProtectedTaskIsNotStopped(t *testing.T) {
	protected := false
	f := &far{answer: func(string, int) policy.Answer { protected = true; return running }}
	try(t, 1, f, func(tr *trial) {
		tr.opts.Retry.Running = policy.RunningStop
		tr.opts.Guard = guard(func(string) (string, bool, error) { return "a rule", protected, nil })
		p := tr.run(tr.Context())
		tr.want("stops", f.stops, 0)
		tr.want("protected", p.Protected, int64(1))
	})
}
