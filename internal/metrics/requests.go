package metrics

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// Exchange is one request and what came of it.
type Exchange struct {
	// Op is what was asked.
	Op Op
	// Ruling is what the answer meant, and Fault why none arrived.
	Ruling policy.Ruling
	Fault  policy.Fault
	// Seen says that a look has seen the task.
	Seen bool
	// Took is how long it took, from the permit to the answer.
	Took time.Duration
	// Again says that the ID is to be sent again: at once, or by going back to the
	// queue. What was rehearsed, and what we stopped, counts as no retry.
	Again bool
}

// requests counts exchanges. Every counter is looked up once, in newRequests:
// what happens at each request costs a few additions and no look-up.
type requests struct {
	total     [ops][classes]prometheus.Counter // nil where an operation has no such class
	duration  [ops]prometheus.Observer
	retries   [reasons]prometheus.Counter
	throttled prometheus.Counter
}

func newRequests(f factory) requests {
	var r requests
	total := f.counters("cleaner_requests_total",
		"Requests, by what was asked and what the answer meant. Class none is one that never left this host.", "op", "class")
	duration := durations()
	f.to.MustRegister(duration)
	for op := range ops {
		r.duration[op] = duration.WithLabelValues(op.String())
		for _, c := range classesOf(op) {
			r.total[op][c] = total.WithLabelValues(op.String(), c.String())
		}
	}
	retries := f.counters("cleaner_retries_total", "Requests after which the same was to be sent once more, by the reason.", "reason")
	for why := range reasons {
		r.retries[why] = retries.WithLabelValues(why.String())
	}
	r.throttled = f.counter("cleaner_throttled_total", "Answers that asked for fewer requests.")
	return r
}

// durations is a histogram both classic, for everybody, and native, for a
// Prometheus that asks for it.
func durations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "cleaner_request_duration_seconds",
		Help:    "How long requests took that left this host, from the permit to the answer.",
		Buckets: []float64{.01, .025, .05, .1, .2, .3, .5, .75, 1, 2, 5, 10, 30},

		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"op"})
}

// Observe counts one exchange of the worker's.
func (m *Metrics) Observe(e Exchange) {
	r := &m.requests
	if c := r.total[e.Op][classOf(&e)]; c != nil {
		c.Inc()
	}
	if e.Fault.Sent() {
		r.duration[e.Op].Observe(e.Took.Seconds())
	}
	if e.Ruling.Slow && e.Fault == policy.FaultNone {
		r.throttled.Inc()
	}
	if e.Again && !ownDoing(e.Fault) {
		r.retries[reasonOf(&e)].Inc()
	}
}

// Login counts one login that was sent, and how long it took.
func (m *Metrics) Login(r LoginResult, took time.Duration) {
	m.logins[r].Inc()
	m.requests.total[OpLogin][r.class()].Inc()
	m.requests.duration[OpLogin].Observe(took.Seconds())
}

// SetTokenExpiry tells when the token in use expires; zero is that there is none,
// or that it never does.
func (m *Metrics) SetTokenExpiry(at time.Time) { m.expiry.setTime(0, at) }

// SetWorkers tells how many IDs may be in hand at once.
func (m *Metrics) SetWorkers(n int) { m.workers.Set(float64(n)) }

// outcomes counts settled IDs; the pending one is nil.
type outcomes [queue.Dead + 1]prometheus.Counter

func newOutcomes(f factory) outcomes {
	var o outcomes
	vec := f.counters("cleaner_settled_total", "Task IDs settled, by how. Each counts once, after the ledger has it.", "outcome")
	for _, s := range []queue.State{queue.Deleted, queue.Gone, queue.Protected, queue.Dead} {
		o[s] = vec.WithLabelValues(s.String())
	}
	return o
}

// Tell counts a group of outcomes that the ledger has; those that went back count
// for nothing. It keeps nothing of the slice.
func (m *Metrics) Tell(group []queue.Outcome) {
	for i := range group {
		if c := m.settled[group[i].State]; c != nil {
			c.Inc()
		}
	}
}

// Watch returns s with a coat that counts the requests in flight.
func (m *Metrics) Watch(s worker.Service) worker.Service { return watched{s, &m.inFlight} }

type watched struct {
	worker.Service
	inFlight *atomic.Int64
}

func (w watched) DeleteTask(ctx context.Context, id string) policy.Answer {
	w.inFlight.Add(1)
	defer w.inFlight.Add(-1)
	return w.Service.DeleteTask(ctx, id)
}

func (w watched) StopTask(ctx context.Context, id string) policy.Answer {
	w.inFlight.Add(1)
	defer w.inFlight.Add(-1)
	return w.Service.StopTask(ctx, id)
}

func (w watched) LookAtTask(ctx context.Context, id string) policy.Answer {
	w.inFlight.Add(1)
	defer w.inFlight.Add(-1)
	return w.Service.LookAtTask(ctx, id)
}
