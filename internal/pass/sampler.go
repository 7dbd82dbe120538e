package pass

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// A pass is sampled every sampleEvery in its first hour, and then every sampleLater, so that
// a long one does not fill the ledger.
const (
	sampleEvery   = 10 * time.Second
	sampleLater   = time.Minute
	sampleClosely = time.Hour
)

// mostSamples bounds the samples of a pass under way that are shown, the latest.
const mostSamples = 2_000

// Samples are those of a pass under way. The zero value has none.
type Samples struct {
	mu  sync.Mutex
	all []report.Sample // guarded by mu; the oldest first
}

// Latest returns at most n samples, the latest, the oldest first.
func (s *Samples) Latest(n int) []report.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all[max(0, len(s.all)-n):])
}

func (s *Samples) add(m report.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= mostSamples {
		s.all = slices.Delete(s.all, 0, len(s.all)-mostSamples+1)
	}
	s.all = append(s.all, m)
}

// sampler measures stretches of a pass, for people who look later.
type sampler struct {
	live  *Live
	kept  queue.History
	id    queue.PassID
	log   *zap.Logger
	began time.Time

	mu     sync.Mutex // guards what follows
	since  time.Time  // when the stretch began
	before worker.Pass
	took   histogram
	errors map[string]int64
}

// newSampler measures p from now on.
func newSampler(p *pass) *sampler {
	now := time.Now()
	return &sampler{live: p.live, kept: p.ledger, id: p.journal.ID(), log: p.Log, began: now, since: now, errors: map[string]int64{}}
}

// observe counts a request.
func (s *sampler) observe(e worker.Exchange) {
	m := exchangeOf(e)
	why := m.Trouble()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Fault == answer.FaultNone {
		s.took.add(e.Took)
	}
	if why != "" {
		s.errors[why]++
	}
}

// tick ends the stretch when it is long enough.
func (s *sampler) tick(now time.Time) {
	long := sampleEvery
	if now.Sub(s.began) > sampleClosely {
		long = sampleLater
	}
	s.mu.Lock()
	due := now.Sub(s.since) >= long
	s.mu.Unlock()
	if due {
		s.end(now)
	}
}

// end ends the stretch and has the ledger keep what was measured. One without a request is
// kept too: that nothing was sent is to be seen.
func (s *sampler) end(now time.Time) {
	m := s.measure(now)
	if m.Took <= 0 {
		return
	}
	s.live.Samples.add(m)
	text, err := json.Marshal(m)
	if err == nil {
		err = s.kept.KeepSamples(context.Background(), s.id, queue.Sample{At: m.At, Value: text})
	}
	if err != nil {
		s.log.Warn("a sample of the pass is not kept", zap.Error(err))
	}
}

func (s *sampler) measure(now time.Time) report.Sample {
	v := s.live.View()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := report.Sample{
		At: now.UTC().Round(time.Millisecond), Took: now.Sub(s.since).Seconds(), Rate: finite(v.Rate), Limit: v.Pace.Learned.Rate,
		Requests: v.Done.Requests - s.before.Requests, Throttled: v.Done.Throttled - s.before.Throttled,
		P50: s.took.quantile(0.5), P95: s.took.quantile(0.95), P99: s.took.quantile(0.99),
	}
	if m.Took > 0 {
		m.Sent = float64(m.Requests) / m.Took
	}
	if len(s.errors) > 0 {
		m.Errors = s.errors
	}
	s.since, s.before, s.took, s.errors = now, v.Done, histogram{}, map[string]int64{}
	return m
}

// finite is rate, or 0 where there is no bound: JSON has no word for that.
func finite(rate float64) float64 {
	if math.IsInf(rate, 0) {
		return 0
	}
	return rate
}

// histogram counts durations in buckets, each a fifth wider than the one before it, from a
// millisecond up.
type histogram struct {
	counts [64]int64
	n      int64
}

const spreadStep = 1.2

func (s *histogram) add(d time.Duration) {
	i := int(math.Ceil(math.Log(max(d.Seconds()*1000, 1)) / math.Log(spreadStep)))
	s.counts[min(i, len(s.counts)-1)]++
	s.n++
}

// quantile is the middle of the class in which the share q of the durations ends, in
// seconds; 0 without any.
func (s *histogram) quantile(q float64) float64 {
	if s.n == 0 {
		return 0
	}
	rank := int64(math.Ceil(q * float64(s.n)))
	for i, k := range s.counts {
		if rank -= k; rank <= 0 {
			return math.Round(1e3*math.Pow(spreadStep, float64(i)-0.5)) / 1e6
		}
	}
	return 0
}
