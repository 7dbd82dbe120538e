package worker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/policy"
)

var unreached = answer.Answer{Fault: answer.FaultConnect}

// outage is a far side that is down for a while, and the breaker's changes.
type outage struct {
	far
	from, long time.Duration // when it goes down, counted from the pass's begin, and for how long
	answer     func(id string) answer.Answer
	hang       time.Duration // how long its failures take

	began   time.Time
	changes []policy.BreakerState
}

func (o *outage) down() bool {
	since := time.Since(o.began)
	return since >= o.from && since < o.from+o.long
}

// join makes o the far side of a trial that begins now.
func (o *outage) join(tr *trial) {
	o.began = time.Now()
	o.far.answer = func(id string, _ int) answer.Answer {
		if o.down() {
			time.Sleep(o.hang)
			return o.answer(id)
		}
		return ok
	}
	tr.opts.Service = &o.far
	tr.opts.Observers = []Observer{{Breaker: func(s policy.BreakerState) { o.changes = append(o.changes, s) }}}
}

func always(a answer.Answer) func(string) answer.Answer {
	return func(string) answer.Answer { return a }
}

// probes are the times at which requests left while the breaker was open.
func (o *outage) probes(tr *trial) []time.Time {
	tr.Helper()
	if len(o.changes) == 0 || !o.changes[0].Open {
		tr.Fatalf("the breaker did not open: %+v", o.changes)
	}
	opened, closed := o.changes[0].Since, time.Now()
	if last := o.changes[len(o.changes)-1]; !last.Open {
		closed = last.Since
	}
	var times []time.Time
	for _, sent := range o.sent {
		for _, at := range sent {
			if at.After(opened) && at.Before(closed) {
				times = append(times, at)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// checkProbes wants at most one request an interval since the breaker opened.
func (o *outage) checkProbes(tr *trial) {
	tr.Helper()
	last := o.changes[0].Since
	for i, at := range o.probes(tr) {
		if gap, want := at.Sub(last), tr.opts.Retry.Ceiling(i+1); gap < want {
			tr.Fatalf("probe %d left %v after the one before, want %v", i, gap, want)
		}
		last = at
	}
}

// spent is how many attempts were spent on answers that settled nothing.
func (tr *trial) spent() int {
	n := 0
	for _, o := range tr.recorded {
		if o.Attempts > o.Delivery.Attempts && o.State == 0 {
			n++
		}
	}
	return n
}

// TestFarSideDownForAnHour is the promise: few probes, no ID pays or dies, and
// the pass goes on by itself.
func TestFarSideDownForAnHour(t *testing.T) {
	tests := []struct {
		name    string
		answer  answer.Answer
		hang    time.Duration
		workers int
		rate    float64
	}{
		{"busy", busy, 0, 4, 1e6},
		{"busy, one at a time", busy, 0, 1, 1e6},
		{"busy, with a line for permits", busy, 0, 16, 3},
		{"no connection", unreached, 0, 4, 1e6},
		{"no connection, slowly", unreached, 10 * time.Second, 16, 1e6},
		{"time-outs", timedOut, 30 * time.Second, 4, 1e6},
		{"errors of its proxy", answer.Answer{Status: 502, Body: answer.BodyHTML}, 0, 16, 1e6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := &outage{from: 10 * time.Second, long: time.Hour, answer: always(tt.answer), hang: tt.hang, far: far{latency: time.Second}}
			try(t, 300, nil, func(tr *trial) {
				tr.opts.Workers, tr.opts.Pacer = tt.workers, pace.NewSteady(tt.rate, 1)
				o.join(tr)
				p := tr.run(tr.Context())
				tr.want("deleted", p.Deleted, int64(300))
				tr.want("stop", p.Stop, Stop{})
				o.checkProbes(tr)
				if n := tr.spent(); n > 1 {
					tr.Errorf("%d attempts were spent", n)
				}
				last := o.changes[len(o.changes)-1]
				tr.want("open at the end", last.Open, false)
				if late := last.Since.Sub(o.began.Add(o.from + o.long)); late > tr.opts.Retry.Max+time.Minute {
					tr.Errorf("resumed %v after the outage", late)
				}
			})
		})
	}
}

// TestFarSideDownFromTheStart stops the pass in the end, at nobody's cost.
func TestFarSideDownFromTheStart(t *testing.T) {
	for name, answer := range map[string]answer.Answer{"busy": busy, "no connection": unreached, "time-outs": timedOut} {
		t.Run(name, func(t *testing.T) {
			o := &outage{long: 24 * time.Hour, answer: always(answer)}
			try(t, 300, nil, func(tr *trial) {
				o.join(tr)
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, StopUnreachable)
				tr.want("says since when", strings.Contains(p.Stop.Why, "since 2000-01-01T00:00:0"), true)
				tr.want("pending", tr.counts().Pending, int64(300))
				tr.want("spent attempts", tr.spent(), 0)
				o.checkProbes(tr)
				if took := time.Since(o.began); took < time.Hour || took > time.Hour+2*tr.opts.Retry.Max {
					tr.Errorf("pass took %v, want the deadline of an hour and little more", took)
				}
			})
		})
	}
}

// TestShortOutageAtTheStart goes on by itself as well.
func TestShortOutageAtTheStart(t *testing.T) {
	o := &outage{long: 10 * time.Minute, answer: always(busy)}
	try(t, 300, nil, func(tr *trial) {
		o.join(tr)
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(300))
		tr.want("spent attempts", tr.spent(), 0)
	})
}
