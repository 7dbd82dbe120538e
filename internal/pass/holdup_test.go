package pass

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// TestFailedLoginIsToldOnce: all workers hear of one failed login, and of the wait
// after it again and again; it counts once.
func TestFailedLoginIsToldOnce(t *testing.T) {
	var h holdup
	now := time.Now()
	down := func(after, wait time.Duration) bool {
		return h.asked(answer.Answer{Fault: answer.FaultLogin, Message: "IAM is down", RetryAfter: wait}, now.Add(after))
	}
	for i, told := range []bool{
		down(0, 2*time.Second), down(time.Millisecond, 2*time.Second), down(time.Second, time.Second),
		down(2100*time.Millisecond, 4*time.Second), down(5*time.Second, 1100*time.Millisecond),
	} {
		if want := i == 0 || i == 3; told != want {
			t.Errorf("word %d: a failed login %v, want %v", i, told, want)
		}
	}
	if h.asked(answer.Answer{}, now) || h.asked(answer.Answer{Fault: answer.FaultStopped}, now) {
		t.Error("a login that did not fail is told as one that did")
	}
	words := h.words(time.Time{}, now.Add(5*time.Second))
	for _, want := range []string{clock(now), "IAM is down", "2 failed", clock(now.Add(6100 * time.Millisecond))} {
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
		h.asked(answer.Answer{Fault: answer.FaultLogin, RetryAfter: time.Minute}, now)
		return h
	}
	deleted, later := policy.Ruling{Verdict: policy.Deleted}, policy.Ruling{Verdict: policy.Later}
	tests := []struct {
		name  string
		e     worker.Exchange
		pause time.Duration
		want  string // what the words begin with
	}{
		{"nothing", worker.Exchange{Fault: answer.FaultLogin}, time.Minute, "no login"},
		{"a request that left before", worker.Exchange{At: now.Add(-time.Second), Ruling: deleted}, 0, "no login"},
		{"a rejected credential", worker.Exchange{At: now.Add(time.Second), Ruling: policy.Ruling{Verdict: policy.Auth}}, 0, "no login"},
		{"an answer", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, 0, ""},
		{"an answer, and a pause", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, time.Minute, "the service asked"},
		{"an answer, and a pause that is all but over", worker.Exchange{At: now.Add(time.Second), Ruling: deleted}, time.Millisecond, ""},
		{"a running task", worker.Exchange{At: now.Add(time.Second), Ruling: later}, 0, "all tasks asked for"},
		{"a task seen running", worker.Exchange{Op: worker.OpLook, At: now.Add(time.Second), Seen: true, Running: true}, 0, "all tasks asked for"},
		{"a task seen, not running", worker.Exchange{Op: worker.OpLook, At: now.Add(time.Second), Seen: true}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, at := failing(), now.Add(runningAlone)
			h.answered(tt.e, at)
			until := time.Time{}
			if tt.pause > 0 {
				until = at.Add(tt.pause)
			}
			if got := h.words(until, at); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("%q, want %q", got, tt.want)
			}
			h.set(policy.BreakerState{Open: true})
			if got := h.words(until, at); !strings.HasPrefix(got, "the far side is down") {
				t.Errorf("breaker open: %q", got)
			}
		})
	}
}
