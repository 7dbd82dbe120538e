package worker

import (
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// TestLateWaveOfFaults: after many good answers a fault begins that no ID ends with at
// its first answer. The breaker takes it for an outage, and no ID pays for it.
func TestLateWaveOfFaults(t *testing.T) {
	for name, fault := range map[string]answer.Answer{
		"history error": coded(200, "CC.00050004"), "busy": busy, "server error": {Status: 500, Body: answer.BodyJSON},
		"failed": {Status: 200, Body: answer.BodyFailed}, "unknown code": coded(200, "CC.00051234"),
	} {
		t.Run(name, func(t *testing.T) {
			tryWave(t, fault, func(tr *trial) {
				tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopUnreachable)
				tr.want("dead", tr.counts().Dead, int64(0))
			})
		})
	}
}

// TestLateWaveOfRefusals: an answer that is about its ID alone costs each an attempt,
// and the share of the whole pass stops it.
func TestLateWaveOfRefusals(t *testing.T) {
	tryWave(t, answer.Answer{Status: 409, Body: answer.BodyJSON}, func(tr *trial) {
		tr.opts.Shares = policy.Shares{Sample: 100, Failed: 0.1, NotFound: 0.5}
		tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopFailedShare)
		if dead := tr.counts().Dead; dead < 300 || dead > 400 {
			tr.Errorf("%d dead, want hardly more than a tenth of those settled", dead)
		}
	})
}

// tryWave tries a list of which all but the first 3,000 requests are answered alike.
func tryWave(t *testing.T, fault answer.Answer, f func(*trial)) {
	t.Helper()
	var sent atomic.Int64
	far := &far{latency: 50 * time.Millisecond, answer: func(string, int) answer.Answer {
		if sent.Add(1) > 3000 {
			return fault
		}
		return ok
	}}
	try(t, 3600, far, func(tr *trial) {
		tr.opts.Workers = 16
		tr.opts.Calibration = Calibration{Canaries: 3, Confirm: time.Minute, Settle: 5 * time.Second}
		f(tr)
	})
}
