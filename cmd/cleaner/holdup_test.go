package main

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// TestHoldupIsShown: whatever a pass waits for, another shell's status and the
// status page of serve say what it is, and nothing else; when it is over they do
// not any more.
func TestHoldupIsShown(t *testing.T) {
	tests := []struct {
		name    string
		options sim.Options
		faults  string
		want    []string // what status says
		not     string   // what the page must not say
		log     string   // what the log says, at the level warn
	}{
		{
			"no login",
			sim.Options{},
			"login-503",
			[]string{"no login has succeeded since", "IAM.0020", "the next at"},
			"asked for a pause", "no credential",
		},
		{"a throttle", sim.Options{Throttle: sim.Throttle{Limit: 10, Window: 4 * time.Second}}, "", []string{"the service asked for a pause until"}, "login", ""},
		{"running tasks", sim.Options{Running: 1}, "", []string{"are running", "(waiting 12: tried before)"}, "asked for a pause", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.faults != "" {
				tt.options.Faults = []sim.Fault{fault(t, tt.faults)}
			}
			st := newServing(t, tt.options)
			st.set("log.level", "warn")
			st.set("retry.max", "1s")
			st.set("retry.deadline", "8s")
			st.spool(12)
			s := st.serve()
			if code, _, stderr := st.cleaner("trigger"); code != exitOK {
				t.Fatalf("trigger: %s", stderr)
			}
			shown := ""
			s.until("status says what holds the pass up", func() bool {
				_, shown, _ = st.cleaner("status")
				return strings.Contains(shown, tt.want[0])
			})
			for _, want := range tt.want {
				st.want(want+" in\n"+shown, strings.Contains(shown, want), true)
			}
			s.until("the page says so too", func() bool {
				_, page := s.get("/status")
				return strings.Contains(page, tt.want[0]) && !strings.Contains(page, tt.not)
			})
			st.want("no fault", st.sim.SetFaults(), nil)
			s.until("the pass ends", func() bool { return s.status().Pass == nil })
			_, shown, _ = st.cleaner("status")
			st.want("status says so afterwards", strings.Contains(shown, tt.want[0]), false)
			_, log := s.stop()
			st.want("the log says it in\n"+log, strings.Contains(log, tt.log), true)
			st.want("the log has the password", strings.Contains(log, thePassword), false)
		})
	}
}

// TestFailedLoginIsToldOnce: all workers hear of one failed login, and of the wait
// after it again and again; it counts once.
func TestFailedLoginIsToldOnce(t *testing.T) {
	var h holdup
	now := time.Now()
	down := func(after, wait time.Duration) bool {
		return h.asked(policy.Answer{Fault: policy.FaultLogin, Message: "IAM is down", RetryAfter: wait}, now.Add(after))
	}
	for i, told := range []bool{
		down(0, 2*time.Second), down(time.Millisecond, 2*time.Second), down(time.Second, time.Second),
		down(2100*time.Millisecond, 4*time.Second), down(5*time.Second, 1100*time.Millisecond),
	} {
		if want := i == 0 || i == 3; told != want {
			t.Errorf("word %d: a failed login %v, want %v", i, told, want)
		}
	}
	if h.asked(policy.Answer{}, now) || h.asked(policy.Answer{Fault: policy.FaultStopped}, now) {
		t.Error("a login that did not fail is told as one that did")
	}
	words := h.words(now, time.Time{}, now.Add(5*time.Second))
	for _, want := range []string{clockOf(now), "IAM is down", "2 failed", clockOf(now.Add(6100 * time.Millisecond))} {
		if !strings.Contains(words, want) {
			t.Errorf("%q lacks %q", words, want)
		}
	}
}

// TestHoldupEnds: only an answer that shows a credential ends what a failed login
// began, and the weightiest reason is told.
func TestHoldupEnds(t *testing.T) {
	now := time.Now()
	failing := func() *holdup {
		h := &holdup{}
		h.asked(policy.Answer{Fault: policy.FaultLogin, RetryAfter: time.Minute}, now)
		return h
	}
	deleted, later := policy.Ruling{Verdict: policy.Deleted}, policy.Ruling{Verdict: policy.Later}
	tests := []struct {
		name  string
		e     worker.Exchange
		pause time.Duration
		want  string // what the words begin with
	}{
		{"nothing", worker.Exchange{Fault: policy.FaultLogin}, time.Minute, "no login"},
		{"a request that left before", worker.Exchange{At: now.Add(-time.Second), Ruling: deleted}, 0, "no login"},
		{"a rejected credential", worker.Exchange{At: now.Add(time.Second), Ruling: policy.Ruling{Verdict: policy.Auth}}, 0, "no login"},
		{"an answer", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, 0, ""},
		{"an answer, and a pause", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, time.Minute, "the service asked"},
		{"an answer, and a pause that is all but over", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, time.Millisecond, ""},
		{"a running task", worker.Exchange{At: now.Add(time.Second), Ruling: later}, 0, "all tasks asked for"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, at := failing(), now.Add(runningAlone)
			h.answered(tt.e, at)
			until := time.Time{}
			if tt.pause > 0 {
				until = at.Add(tt.pause)
			}
			if got := h.words(now, until, at); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("%q, want %q", got, tt.want)
			}
			h.set(policy.BreakerState{Open: true})
			if got := h.words(now, until, at); !strings.HasPrefix(got, "the far side is down") {
				t.Errorf("breaker open: %q", got)
			}
		})
	}
}
