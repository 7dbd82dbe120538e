package policy

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// opened is a breaker that has just opened at noon, in a pass that had fared
// well when cleared.
func opened(t *testing.T, r Retry, cleared bool) *Breaker {
	t.Helper()
	b := &Breaker{Retry: r}
	if cleared {
		say(b, good, Asked{Seq: 1}, noon)
	}
	for i := range int64(failuresToOpen) {
		say(b, busy, Asked{Seq: 10 + i}, noon)
	}
	if s := b.State(); !s.Open || !s.Since.Equal(noon) || !s.Next.Equal(after(r.Initial)) || !strings.Contains(s.Why, "CC.00050012 (HTTP 200)") {
		t.Fatalf("state %+v", s)
	}
	return b
}

func say(b *Breaker, a answer.Answer, q Asked, now time.Time) Outage {
	return b.Note(DefaultTable().Judge(a), a, q, now)
}

func TestBreakerProbes(t *testing.T) {
	b := opened(t, usual, true)
	if b.Holds(0) {
		t.Error("a request that waited for its permit may leave although the breaker opened")
	}
	now := noon
	for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		wait *= time.Second
		if _, at, ok := b.Admit(now.Add(wait - 1)); ok || !at.Equal(now.Add(wait)) {
			t.Fatalf("probe %d: leave %v %v before noon, next %v", i, ok, wait, at)
		}
		now = now.Add(wait)
		probe, _, ok := b.Admit(now)
		if !ok || !b.Holds(probe) {
			t.Fatalf("probe %d: no leave after %v", i, wait)
		}
		if _, at, ok := b.Admit(now.Add(time.Hour)); ok || !at.IsZero() {
			t.Fatalf("probe %d is not alone", i)
		}
		now = now.Add(time.Second) // it takes a while
		if out := say(b, busy, Asked{Seq: int64(100 + i), Ticket: probe}, now); !out.Changed || !out.Spare || b.Holds(probe) {
			t.Fatalf("probe %d: %+v", i, out)
		}
		if s := b.State(); s.Probes != i+1 {
			t.Fatalf("probe %d: state %+v", i, s)
		}
	}
	probe, _, _ := b.Admit(now.Add(time.Minute))
	out := say(b, good, Asked{Seq: 100, Ticket: probe}, now.Add(time.Minute))
	if want := (BreakerState{Since: now.Add(time.Minute)}); !out.Changed || out.Spare || b.State() != want {
		t.Errorf("after a good answer: %+v, %+v", out, b.State())
	}
	if got := b.DeadlineFrom(now.Add(time.Hour)); !got.Equal(now.Add(time.Minute)) {
		t.Errorf("deadlines count from %v", got)
	}
}

func TestProbeIsLeftToAnother(t *testing.T) {
	second := after(time.Second)
	tests := []struct {
		name string
		end  func(b *Breaker, probe Ticket)
		next time.Time
	}{
		{"given back", func(b *Breaker, probe Ticket) { b.GiveBack(probe) }, second},
		{"nothing left", func(b *Breaker, probe Ticket) {
			say(b, answer.Answer{Fault: answer.FaultLogin}, Asked{Seq: 99, Ticket: probe}, second)
		}, second},
		{"throttled", func(b *Breaker, probe Ticket) { say(b, throttled, Asked{Seq: 99, Ticket: probe}, second) }, after(2 * time.Second)},
		{"canceled", func(b *Breaker, probe Ticket) {
			say(b, answer.Answer{Fault: answer.FaultCanceled}, Asked{Seq: 99, Ticket: probe}, second)
		}, after(2 * time.Second)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := opened(t, usual, true)
			probe, _, _ := b.Admit(second)
			tt.end(b, probe)
			if s := b.State(); s.Probes != 0 || !s.Open {
				t.Errorf("state %+v", s)
			}
			if _, at, ok := b.Admit(tt.next.Add(-1)); ok || !at.Equal(tt.next) {
				t.Errorf("leave %v before %v, next %v", ok, tt.next, at)
			}
			if _, _, ok := b.Admit(tt.next); !ok {
				t.Errorf("no leave at %v", tt.next)
			}
			if b.GiveBack(probe) || b.Holds(probe) {
				t.Error("the old ticket is still good")
			}
		})
	}
}

// TestOldTicketsAreNoProbes: a probe that waits for a permit while the breaker
// closes and opens anew does not leave beside the new one.
func TestOldTicketsAreNoProbes(t *testing.T) {
	b := opened(t, usual, true)
	probe, _, _ := b.Admit(after(time.Second))
	say(b, good, Asked{Seq: 1}, after(time.Second)) // it was under way before
	if !b.Holds(probe) {
		t.Error("a closed breaker holds back a request")
	}
	for i := range int64(failuresToOpen) {
		say(b, busy, Asked{Seq: 30 + i}, after(time.Minute))
	}
	if b.Holds(probe) {
		t.Error("a ticket of the last outage is good in this one")
	}
	if _, _, ok := b.Admit(after(time.Hour)); !ok {
		t.Error("a ticket of the last outage stands in the way")
	}
}

func TestBreakerGivesUp(t *testing.T) {
	fresh, stubborn := int64(1000), int64(10)
	tests := []struct {
		name    string
		cleared bool
		retry   Retry
		answer  answer.Answer
		seq     int64 // of the first probe; fresh ones count on
		stops   bool
		why     string
	}{
		{"nothing ever cleared", false, usual, busy, fresh, true, "answered nothing well in this pass"},
		{"no connection at all", false, usual, refusedConnection, stubborn, true, "no answer (connect)"},
		{"others fared well", true, usual, busy, fresh, false, ""},
		{"others fared well, and there is no connection", true, usual, refusedConnection, stubborn, false, ""},
		{"others fared well, and none of them is left", true, usual, busy, stubborn, true, "all that is left fails"},
		{"no deadline", false, Retry{Initial: time.Second, Max: time.Minute}, busy, stubborn, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := opened(t, tt.retry, tt.cleared)
			seq := tt.seq
			for i := 1; i <= 300; i++ {
				now := after(time.Duration(i) * time.Minute)
				probe, _, _ := b.Admit(now)
				out := say(b, tt.answer, Asked{Seq: seq, Ticket: probe}, now)
				if seq >= fresh {
					seq++
				}
				if stop := tt.stops && i >= 60; out.Stop != stop || stop && !strings.Contains(out.Why, tt.why) {
					t.Fatalf("after %d minutes: %+v, want stop %v because %s", i, out, stop, tt.why)
				}
			}
		})
	}
}

// TestYesterdaysIDsPayOnce: an ID of an earlier pass pays for its first failure
// in this one, whether the breaker is open or not, unless nothing was sent.
func TestYesterdaysIDsPayOnce(t *testing.T) {
	for name, start := range map[string]func(*testing.T) *Breaker{
		"open":   func(t *testing.T) *Breaker { return opened(t, usual, true) },
		"closed": func(*testing.T) *Breaker { return &Breaker{Retry: usual} },
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			for i, tt := range []struct {
				seq   int64
				seen  Seen
				a     answer.Answer
				spare bool
			}{
				{50, SeenBefore, busy, false},
				{50, SeenInPass, busy, true},
				{51, SeenBefore, refusedConnection, true},
				{51, SeenInPass, busy, true},
				{52, SeenNever, busy, true},
				{53, SeenBefore, silent, false},
			} {
				if out := say(b, tt.a, Asked{Seq: tt.seq, Seen: tt.seen}, noon); out.Spare != tt.spare {
					t.Errorf("answer %d: %+v, want spare %v", i, out, tt.spare)
				}
			}
		})
	}
}

func TestDeadlinesDoNotCountOutages(t *testing.T) {
	var never Breaker
	if got := never.DeadlineFrom(noon); !got.IsZero() {
		t.Errorf("without an outage they count from %v", got)
	}
	if got := opened(t, usual, true).DeadlineFrom(after(time.Hour)); !got.Equal(after(time.Hour)) {
		t.Errorf("in an outage they count from %v", got)
	}
}

// TestBreakerForgets: what is settled takes no room.
func TestBreakerForgets(t *testing.T) {
	b := opened(t, usual, true)
	for i := range int64(failuresToOpen) {
		b.Forget(10 + i)
	}
	if len(b.failed) != 0 {
		t.Errorf("%d IDs are remembered", len(b.failed))
	}
}
