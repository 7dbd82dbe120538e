package pass

import (
	"context"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/answer"
	"cleaner/internal/metrics"
	"cleaner/internal/worker"
)

// observe lists those who watch what the worker does. The breaker is noted after it is
// measured, because a note waits for the ledger.
func (p *pass) observe(o *worker.Options, s Service, pacer metrics.Pacer, n *notes, samples *sampler) {
	held := &p.live.holdup
	s.WatchLogins(func(err error, took time.Duration, expiry time.Time) {
		p.live.login.Store(max(expiry.UnixMilli(), 0)) // the zero time lies before
		measured{p.Metrics}.login(err, took, expiry)
	})
	o.Observers = append(measured{p.Metrics}.watch(o, p.live, pacer),
		worker.Observer{Exchange: p.Span.Observe},
		worker.Observer{Exchange: func(e worker.Exchange) {
			if now := time.Now(); held.answered(e, now) {
				p.Log.Warn("the far side fails: the pass goes on trying until retry.deadline", zap.String("why", held.fails(now)))
			}
		}},
		worker.Observer{Exchange: samples.observe},
		worker.Observer{Breaker: n.breaker},
		worker.Observer{Outcomes: p.Outcomes},
	)
	o.Service = asked{o.Service, func(a answer.Answer) {
		if held.asked(a, time.Now()) {
			p.Log.Warn("no credential: nothing is sent until a login succeeds, and no ID spends an attempt",
				zap.String("why", a.Message), zap.Duration("wait", a.RetryAfter))
		}
	}}
}

// asked is a service that tells what came of asking it for a credential.
type asked struct {
	worker.Service
	observe func(answer.Answer)
}

// Ready asks for a credential to send with.
func (s asked) Ready(ctx context.Context) answer.Answer {
	a := s.Service.Ready(ctx)
	s.observe(a)
	return a
}

// Renew asks for another credential.
func (s asked) Renew(ctx context.Context, credential uint64) answer.Answer {
	a := s.Service.Renew(ctx, credential)
	s.observe(a)
	return a
}
