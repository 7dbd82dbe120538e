package policy

import (
	"testing"

	"cleaner/internal/answer"
)

// refusedConnection stands for all that never leaves.
var refusedConnection = answer.Answer{Fault: answer.FaultConnect}

// told is one answer to the request of one ID, and what is expected of it.
type told struct {
	seq    int64
	answer answer.Answer
	spare  bool
	open   bool // afterwards
}

// story is answers one after the other.
type story struct {
	name string
	says []told
}

func (s story) run(t *testing.T) {
	b, table := Breaker{Retry: usual}, DefaultTable()
	for i, one := range s.says {
		out := b.Note(table.Judge(one.answer), one.answer, Asked{Seq: one.seq}, noon)
		if out.Spare != one.spare || b.State().Open != one.open || out.Stop {
			t.Errorf("answer %d: %+v, open %v; want %+v", i, out, b.State().Open, one)
		}
	}
}

// It opens when several IDs fail one after the other and nothing shows the far side at work.
func TestBreakerOpens(t *testing.T) {
	for _, s := range []story{
		{"good answers", []told{{1, good, false, false}, {2, absent, false, false}, {3, running, false, false}, {4, malformed, false, false}}},
		{"down on the way: one ID pays", []told{
			{1, good, false, false},
			{2, busy, false, false},
			{3, silent, true, false},
			{4, plain(500, answer.BodyHTML), true, false},
			{5, busy, true, false},
			{6, busy, true, true},
			{2, busy, true, true},
			{7, busy, true, true},
		}},
		{"down from the start: nobody pays", []told{
			{1, busy, true, false}, {2, busy, true, false}, {3, busy, true, false}, {4, busy, true, false}, {5, busy, true, true},
		}},
		{"no connection, for one ID alone", []told{
			{1, good, false, false}, {2, refusedConnection, true, false}, {2, answer.Answer{Fault: answer.FaultDNS}, true, false}, {2, refusedConnection, true, true},
		}},
	} {
		t.Run(s.name, s.run)
	}
}

// IDs that failed before do not open it alone, and pay.
func TestBreakerKnowsWhoFailedBefore(t *testing.T) {
	for _, s := range []story{
		{"those that failed before do not open it, and pay", []told{
			{1, good, false, false},
			{2, busy, false, false},
			{3, busy, true, false},
			{2, busy, true, false},
			{3, busy, true, false},
			{2, busy, false, false},
			{3, busy, false, false},
			{2, busy, false, false},
			{3, busy, false, false},
			{4, good, false, false},
			{2, busy, false, false},
			{3, busy, false, false},
			{2, busy, false, false},
		}},
		{"those that failed before, one after each other that fails", []told{
			{1, good, false, false},
			{2, busy, false, false},
			{2, busy, true, false},
			{3, busy, true, false},
			{3, busy, true, false},
			{4, busy, true, false},
			{2, busy, true, false},
			{5, busy, true, false},
			{3, busy, true, false},
			{6, busy, true, true},
		}},
		{"an outage that is seen first by one that failed before", []told{
			{2, busy, true, false}, {1, good, false, false}, {2, busy, false, false}, {3, busy, true, false}, {2, busy, true, false},
		}},
	} {
		t.Run(s.name, s.run)
	}
}

// Answers that show the far side at work begin the count anew; those that prove nothing do not.
func TestBreakerCleared(t *testing.T) {
	for _, s := range []story{
		{"a clearing answer in between", []told{
			{1, busy, true, false},
			{2, busy, true, false},
			{3, busy, true, false},
			{4, busy, true, false},
			{9, malformed, false, false},
			{5, busy, false, false},
			{6, busy, true, false},
		}},
		{"what proves nothing is no clearing answer and no failure", []told{
			{1, busy, true, false},
			{2, throttled, false, false},
			{3, busy, true, false},
			{4, forbidden, false, false},
			{5, busy, true, false},
			{6, rejected, false, false},
			{7, busy, true, false},
			{8, answer.Answer{Fault: answer.FaultLogin}, false, false},
			{8, answer.Answer{Fault: answer.FaultRefused}, false, false},
			{9, answer.Answer{Fault: answer.FaultCanceled}, false, false},
			{10, answer.Answer{Fault: answer.FaultStopped}, false, false},
			{11, answer.Answer{Fault: answer.FaultDryRun}, false, false},
			{12, answer.Answer{Fault: answer.FaultInvalid}, false, false},
			{13, answer.Answer{Fault: answer.FaultTLS}, false, false},
			{14, busy, true, true},
		}},
		{"a task that was answered since is no longer one that failed", []told{
			{1, busy, true, false},
			{1, running, false, false},
			{1, busy, false, false},
			{2, busy, true, false},
			{3, busy, true, false},
			{4, busy, true, false},
			{5, busy, true, true},
		}},
	} {
		t.Run(s.name, s.run)
	}
}

// While it is open nobody pays.
func TestBreakerOpen(t *testing.T) {
	for _, s := range []story{
		{"nobody pays while it is open, however often", []told{
			{1, refusedConnection, true, false},
			{2, refusedConnection, true, false},
			{3, refusedConnection, true, true},
			{1, busy, true, true},
			{1, busy, true, true},
			{1, busy, true, true},
			{1, busy, true, true},
			{1, busy, true, true},
		}},
		{"whoever is blamed, nobody pays while it is open", []told{
			{1, refusedConnection, true, false},
			{2, refusedConnection, true, false},
			{3, refusedConnection, true, true},
			{4, forbidden, true, true},
			{5, throttled, true, true},
			{6, good, false, false},
			{7, forbidden, false, false},
		}},
	} {
		t.Run(s.name, s.run)
	}
}
