package policy

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestPaceStateSaysWhatBounds: and how long the rest takes.
func TestPaceStateSaysWhatBounds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state PaceState
		bound string
		lasts time.Duration // of 1,000 requests by 16 workers
	}{
		{"nothing known", PaceState{Ceiling: 50}, "ceiling: limits.rate is 50", 20 * time.Second},
		{"a limit", PaceState{Ceiling: 50, Took: 100 * time.Millisecond, Learned: PaceLearned{Rate: 20}}, "limit: 20 requests a second", 50 * time.Second},
		{"a share of it left", PaceState{Ceiling: 50, Leave: 0.5, Learned: PaceLearned{Rate: 20}}, "limit: 20 requests a second", 100 * time.Second},
		{"slow answers", PaceState{Ceiling: 50, Took: 2 * time.Second, Learned: PaceLearned{Rate: 20}}, "workers: answers take 2s, so 16 workers send 8", 125 * time.Second},
		{"a limit of calls at once", PaceState{Ceiling: 50, Took: 100 * time.Millisecond, Learned: PaceLearned{AtOnce: 4}}, "latency: answers take 100ms, and the service lets 4 requests through at once", 25 * time.Second},
		{"as many at once as workers", PaceState{Ceiling: 500, Took: 100 * time.Millisecond, Learned: PaceLearned{AtOnce: 16}}, "latency: ", 6250 * time.Millisecond},
		{"what is said to be left", PaceState{Ceiling: 50, Quota: 10, Learned: PaceLearned{Rate: 20}}, "limit: the service says that 10", 100 * time.Second},
		{"all refused", PaceState{Ceiling: 50, Blocked: true}, "limit: the service refuses everything", 20 * time.Second},
		{"no bound", PaceState{Ceiling: math.Inf(1)}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.state.Estimate(1000, 16)
			if !strings.HasPrefix(e.Why, tt.bound) || !strings.HasPrefix(e.Why, e.Bound.String()) || (e.Why == "") != (tt.bound == "") {
				t.Errorf("bound is %s: %q, want %q", e.Bound, e.Why, tt.bound)
			}
			if e.Lasts.Round(time.Millisecond) != tt.lasts {
				t.Errorf("1,000 requests last %v, want %v", e.Lasts, tt.lasts)
			}
			if least := strings.HasPrefix(e.String(), "at least"); least != (e.Bound == PaceByCeiling) {
				t.Errorf("says %q", e)
			}
		})
	}
}

// TestPaceKnowsWhenTheLimitShowedItself: what was learned before keeps its age until the limit
// shows itself again, so that no pass makes it young without having met it.
func TestPaceKnowsWhenTheLimitShowedItself(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := NewPace(PaceRules{Ceiling: 50, Floor: 1}, PaceLearned{Rate: 20, At: at})
	p.Sent(0)
	p.Note(time.Second, PaceReply{End: PaceAccepted})
	if _, ok := p.Met(); ok || !p.Learned().At.Equal(at) {
		t.Errorf("after an accepted request: met %v, learned at %v", ok, p.Learned().At)
	}
	p.Sent(2 * time.Second)
	p.Note(3*time.Second, PaceReply{Sent: 2 * time.Second, End: PaceRefused})
	if got, ok := p.Met(); !ok || got != 3*time.Second {
		t.Errorf("after a refusal: met %v at %v", ok, got)
	}
}

// TestFailuresThatAreThrottlesShowTheLimit, too.
func TestFailuresThatAreThrottlesShowTheLimit(t *testing.T) {
	p := NewPace(PaceRules{Ceiling: 50, Floor: 1}, PaceLearned{Rate: 20, Failures: true})
	p.Sent(0)
	p.Sent(0)
	p.Note(time.Second, PaceReply{End: PaceAccepted})
	p.Note(time.Second, PaceReply{End: PaceFailed})
	if got, ok := p.Met(); !ok || got != time.Second {
		t.Errorf("after a failure: met %v at %v", ok, got)
	}
}

// TestPaceLearnedAges: what is older than 30 days, or from a far future, is not believed.
func TestPaceLearnedAges(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for age, old := range map[time.Duration]bool{0: false, 30 * day: false, 30*day + 1: true, -day: false, -31 * day: true} {
		if got := (PaceLearned{Rate: 1, At: now.Add(-age)}).Old(now); got != old {
			t.Errorf("at an age of %v: old is %v", age, got)
		}
	}
}
