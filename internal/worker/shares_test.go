package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

var (
	absent  = coded(404, "CC.00059999")
	refused = coded(400, "CC.00050000")
)

// everyNth answers a for every nth ID by its number, and ok for the others.
func everyNth(n int, a answer.Answer) *far {
	return &far{latency: 50 * time.Millisecond, answer: func(id string, _ int) answer.Answer {
		var i int
		_, _ = fmt.Sscanf(id, "first-%d", &i)
		if i%n == 0 {
			return a
		}
		return ok
	}}
}

func TestSharesStopThePass(t *testing.T) {
	tests := []struct {
		name string
		far  *far
		kind StopKind
		why  string
	}{
		{"the wrong region", everyNth(1, absent), StopNotFoundShare, "settled task IDs (100.0 %) were not there"},
		{"all are refused", everyNth(1, refused), StopFailedShare, "settled task IDs (100.0 %) ended as dead letters"},
		{"one in three is refused", everyNth(3, refused), StopFailedShare, "raise safety.failed_share"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, 1000, tt.far, func(tr *trial) {
				tr.opts.Workers = 16
				tr.opts.Shares = policy.Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, tt.kind)
				tr.want("says why: "+p.Stop.Why, strings.Contains(p.Stop.Why, tt.why), true)
				if n := tt.far.requests(); n < 200 || n > 200+3*tr.opts.Workers {
					tr.Errorf("%d requests, want the sample, as many from across the list, and at most those under way", n)
				}
				tr.want("pending", tr.counts().Pending, 1000-p.Settled())
			})
		})
	}
}

func TestSharesLetThePassBe(t *testing.T) {
	lostFirst := &far{answer: func(_ string, nth int) answer.Answer {
		if nth == 1 {
			return timedOut
		}
		return absent
	}}
	tests := []struct {
		name   string
		far    *far
		shares policy.Shares
	}{
		{"exactly at the share of dead letters", everyNth(5, refused), policy.Shares{Sample: 300, Failed: 0.2, NotFound: 0.5}},
		{"exactly at the share of those not there", everyNth(2, absent), policy.Shares{Sample: 300, Failed: 0.2, NotFound: 0.5}},
		{"gone after a lost answer", lostFirst, policy.Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}},
		{"below the sample", everyNth(1, absent), policy.Shares{Sample: 301, Failed: 0.2, NotFound: 0.5}},
		{"shares of 1", everyNth(1, refused), policy.Shares{Sample: 1, Failed: 1, NotFound: 1}},
		{"none set", everyNth(1, absent), policy.Shares{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, 300, tt.far, func(tr *trial) {
				tr.opts.Workers, tr.opts.Shares = 16, tt.shares
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("settled", p.Settled(), int64(300))
			})
		})
	}
}

// TestProtectedIDsAreNoSample: what no request was sent for has no share.
func TestProtectedIDsAreNoSample(t *testing.T) {
	try(t, 300, everyNth(1, absent), func(tr *trial) {
		tr.opts.Shares = policy.Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
		tr.opts.Guard = guard(func(id string) (string, bool, error) { return "glob", id < "first-0250", nil })
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("protected", p.Protected, int64(250))
	})
}

// TestRehearsalHasNoShares: a dry run settles nothing, and so stops for nothing.
func TestRehearsalHasNoShares(t *testing.T) {
	f := everyNth(1, answer.Answer{Fault: answer.FaultDryRun})
	try(t, 300, f, func(tr *trial) {
		tr.opts.Shares = policy.Shares{Sample: 1}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("rehearsed", f.requests(), 300)
	})
}

// TestSharesAreToldInFull: what was concluded before the stop is settled and
// told.
func TestSharesAreToldInFull(t *testing.T) {
	f := everyNth(1, absent)
	try(t, 1000, f, func(tr *trial) {
		tr.opts.Workers = 16
		tr.opts.Shares = policy.Shares{Sample: 100, NotFound: 0.5, Failed: 0.2}
		p := tr.run(tr.Context())
		gone := 0
		for _, o := range tr.recorded {
			if o.State == queue.Gone {
				gone++
			}
		}
		tr.want("told", int64(gone), p.Gone)
		tr.want("requests", int64(f.requests()), p.Gone)
	})
}
