package metrics

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// Exchange is one request and what came of it.
type Exchange struct {
	// Op is what was asked.
	Op Op
	// Ruling is what the answer meant, and Fault why none arrived.
	Ruling policy.Ruling
	Fault  answer.Fault
	// Seen says that a look has seen the task, and Absent that it shows that the task
	// is not there.
	Seen, Absent bool
	// Took is how long it took, from the permit to the answer.
	Took time.Duration
	// Again says that the ID is to be sent again, at once or later. A request that was
	// rehearsed or that we stopped does not count as a retry, nor does a look whose
	// answer says something about its task.
	Again bool
}

// Requests counts requests and logins. Every counter is looked up once, in newRequests,
// so that a request costs a few additions and no look-up.
type Requests struct {
	total     [ops][classes]prometheus.Counter // nil where an operation has no such class
	duration  [ops]prometheus.Observer
	retries   [reasons]prometheus.Counter
	throttled prometheus.Counter
	inFlight  atomic.Int64
	logins    [loginResults]prometheus.Counter
	expiry    *known
}

func newRequests(f factory) *Requests {
	r := &Requests{}
	total := f.counters("cleaner_requests_total",
		"Requests, by what was asked and what the answer meant. Class none is one that never left this host; of a look, ok has seen the task and gone that it is not there.", "op", "class")
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
	f.gaugeFunc("cleaner_in_flight", "Requests to the service under way now.", func() float64 { return float64(r.inFlight.Load()) })
	logins := f.counters("cleaner_logins_total", "Logins at IAM, by how they ended.", "result")
	for result := range loginResults {
		r.logins[result] = logins.WithLabelValues(result.String())
	}
	r.expiry = f.known("cleaner_token_expiry_timestamp_seconds", "When the token in use expires. Absent while there is none.", "")
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

// Observe counts one exchange of the worker.
func (r *Requests) Observe(e Exchange) {
	if c := r.total[e.Op][classOf(&e)]; c != nil {
		c.Inc()
	}
	if e.Fault.Sent() {
		r.duration[e.Op].Observe(e.Took.Seconds())
	}
	if e.Ruling.Slow && e.Fault == answer.FaultNone {
		r.throttled.Inc()
	}
	if repeats(&e) {
		r.retries[reasonOf(&e)].Inc()
	}
}

// Login counts one login that was sent, and how long it took.
func (r *Requests) Login(result LoginResult, took time.Duration) {
	r.logins[result].Inc()
	r.total[OpLogin][result.class()].Inc()
	r.duration[OpLogin].Observe(took.Seconds())
}

// SetTokenExpiry sets when the token in use expires; zero means that there is none, or
// that it never expires.
func (r *Requests) SetTokenExpiry(at time.Time) { r.expiry.setTime(0, at) }

// Watch wraps s to count the requests in flight.
func (r *Requests) Watch(s worker.Service) worker.Service { return counting{s, &r.inFlight} }

type counting struct {
	worker.Service
	inFlight *atomic.Int64
}

func (c counting) DeleteTask(ctx context.Context, id string) answer.Answer {
	c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	return c.Service.DeleteTask(ctx, id)
}

func (c counting) StopTask(ctx context.Context, id string) answer.Answer {
	c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	return c.Service.StopTask(ctx, id)
}

func (c counting) LookAtTask(ctx context.Context, id string) answer.Answer {
	c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	return c.Service.LookAtTask(ctx, id)
}
