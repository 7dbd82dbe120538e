package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// TestOneOfThreeBackends: TLS fails at one backend of three. What was never sent costs
// no attempt: every ID is deleted, at its first one.
func TestOneOfThreeBackends(t *testing.T) {
	for name, fault := range map[string]answer.Fault{"TLS": answer.FaultTLS, "connect": answer.FaultConnect} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			e := &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404")}
			try(t, 300, &e.far, func(tr *trial) {
				e.join(tr)
				reply := e.answer
				e.answer = func(id string, nth int) answer.Answer {
					if n.Add(1)%3 == 0 {
						return answer.Answer{Fault: fault, Message: "the certificate has expired"}
					}
					return reply(id, nth)
				}
				tr.opts.Retry.Attempts = 1
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("deleted", p.Deleted, int64(300))
				for _, o := range tr.recorded {
					if o.Attempts > 1 {
						tr.Errorf("%s has spent %d attempts", o.Delivery.ID, o.Attempts)
					}
				}
			})
		})
	}
}

// TestNoSuchHost: a host name that does not exist, while nothing ever worked, ends the
// pass within a minute, whoever asks for it first.
func TestNoSuchHost(t *testing.T) {
	nowhere := answer.Answer{Fault: answer.FaultNoHost, Message: "no such host"}
	for name, canaries := range map[string]int{"the looks": 3, "the DELETEs": 0} {
		t.Run("the service, by "+name, func(t *testing.T) {
			e := &endpoint{}
			try(t, 100, &e.far, func(tr *trial) {
				e.join(tr)
				e.see = func(string, int) answer.Answer { return nowhere }
				e.answer = func(string, int) answer.Answer { return nowhere }
				tr.opts.Calibration.Canaries = canaries
				endsSoon(tr)
			})
		})
		t.Run("IAM, by "+name, func(t *testing.T) {
			e := &endpoint{}
			try(t, 100, &e.far, func(tr *trial) {
				e.join(tr)
				e.ready = func(context.Context) answer.Answer { return nowhere }
				tr.opts.Calibration.Canaries = canaries
				endsSoon(tr)
			})
		})
	}
}

// endsSoon wants the pass to stop within a minute, with everything pending.
func endsSoon(tr *trial) {
	tr.Helper()
	p := tr.run(tr.Context())
	tr.want("stop", p.Stop.Kind == StopUnreachable || p.Stop.Kind == StopCredentials, true)
	tr.want("pending", tr.counts().Pending, int64(100))
	if took := p.FinishedAt.Sub(p.StartedAt); took > time.Minute {
		tr.Errorf("it took %v", took)
	}
}
