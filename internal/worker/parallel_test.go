package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/policy"
)

// logged is a far side whose answers take a while, and that writes down every request:
// when it came, and when it was answered.
type logged struct {
	*endpoint
	takes func() time.Duration

	mu       sync.Mutex // guards what follows
	requests []request
}

// request is one that came to a logged far side.
type request struct {
	look     bool
	id       string
	at, over time.Time
	there    bool // a look has shown the task
}

func (l *logged) LookAtTask(ctx context.Context, id string) answer.Answer {
	at := time.Now()
	if err := lasts(ctx, l.takes()); err != nil {
		return answer.Answer{Fault: answer.FaultCanceled}
	}
	a := l.endpoint.LookAtTask(ctx, id)
	l.note(request{true, id, at, time.Now(), a.Body == answer.BodyTask})
	return a
}

func (l *logged) DeleteTask(ctx context.Context, id string) answer.Answer {
	at := time.Now()
	if err := lasts(ctx, l.takes()); err != nil {
		return answer.Answer{Fault: answer.FaultCanceled}
	}
	a := l.endpoint.DeleteTask(ctx, id)
	l.note(request{false, id, at, time.Now(), false})
	return a
}

func (l *logged) note(r request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
}

// join makes l the far side of tr, in place of its endpoint.
func (l *logged) join(tr *trial) {
	l.endpoint.join(tr)
	tr.opts.Service = l
}

// evenly draws from a span of so many milliseconds.
func evenly(from, to float64) func() time.Duration {
	return func() time.Duration {
		return time.Duration((from + rand.Float64()*(to-from)) * float64(time.Millisecond))
	}
}

// most is how many of some requests were under way at once.
func most(requests []request) (n int) {
	for _, r := range requests {
		now := 0
		for _, other := range requests {
			if !other.at.After(r.at) && other.over.After(r.at) {
				now++
			}
		}
		n = max(n, now)
	}
	return n
}

// opening returns the requests of l that came before the first DELETE of a task that is no
// canary, and when that came.
func (l *logged) opening(canaries int) (before []request, pool time.Time) {
	slices.SortStableFunc(l.requests, func(a, b request) int { return a.at.Compare(b.at) })
	deleted := map[string]bool{}
	for i, r := range l.requests {
		if r.look {
			continue
		}
		if deleted[r.id] = true; len(deleted) > canaries {
			return l.requests[:i], r.at
		}
	}
	return l.requests, pool
}

// Calibration adds little to a pass: it makes its requests side by side. Five of them come one
// after the other all the same, so it costs more where answers take longer.
func TestCalibrationAddsLittle(t *testing.T) {
	for _, row := range []struct {
		name  string
		takes func() time.Duration
		most  float64
	}{
		{"answers after 20 to 60 ms", evenly(20, 60), 0.03},
		{"answers after 12 to 186 ms", evenly(12, 186), 0.08},
	} {
		t.Run(row.name, func(t *testing.T) {
			pass := func(canaries int) (took float64) {
				l := &logged{endpoint: plain(), takes: row.takes}
				try(t, 3000, &l.far, func(tr *trial) {
					l.join(tr)
					tr.opts.Calibration.Canaries = canaries
					tr.opts.Workers, tr.opts.Pacer = 64, pace.NewSteady(200, 1)
					p := tr.run(tr.Context())
					tr.want("deleted", p.Deleted, int64(3000))
					took = p.FinishedAt.Sub(p.StartedAt).Seconds()
					t.Logf("%d canaries: %.2f s, %d looks", canaries, took, p.Looks)
				})
				return took
			}
			without, with := pass(0), pass(3)
			if more := with/without - 1; more > row.most {
				t.Errorf("calibration adds %.1f %%, want at most %.0f", 100*more, 100*row.most)
			}
		})
	}
}

// Calibration makes its requests side by side, and no more of them than one by one. What it
// proves is the same: each canary is seen to be there and then to be gone, and the control
// is there before and after, before any other task is deleted.
func TestCalibrationSideBySide(t *testing.T) {
	for _, workers := range []int{1, 2, 16} {
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) {
			l := &logged{endpoint: plain(), takes: evenly(100, 100)}
			try(t, 100, &l.far, func(tr *trial) {
				l.join(tr)
				tr.opts.Workers = workers
				began := time.Now()
				tr.want("deleted", tr.run(tr.Context()).Deleted, int64(100))

				before, pool := l.opening(3)
				if workers < 4 {
					before = before[:11] // the pool has no room before the DELETEs of the canaries were repeated
				}
				tr.want("requests before others are deleted", len(before), 4+3+3+1)
				tr.want("at once", most(before), min(workers, 3))
				if workers > 3 {
					tr.want("in answers that follow one another", pool.Sub(began).Round(50*time.Millisecond), 500*time.Millisecond)
				}
				tr.want("the first goes alone", before[1].at.Before(before[0].over), false)
				tr.want("the first shows a task", before[0].there, true)

				last := before[len(before)-1]
				tr.want("the control is there at the end", last.look && last.there, true)
				tr.want("it was there before", slices.ContainsFunc(before[:4], func(r request) bool { return r.id == last.id && r.there }), true)
				for _, r := range before[:len(before)-1] {
					tr.want(r.id+": all is answered before the control is looked at", r.over.After(last.at), false)
				}
				for _, r := range before[4:7] {
					tr.want("a canary", !r.look && r.id != last.id, true)
				}
				for _, r := range before[7:10] {
					tr.want("it is gone", r.look && !r.there, true)
				}
			})
		})
	}
}

// As long as no task was seen, there is one look at a time: a wrong signature must not be
// used often.
func TestLooksAreAloneUntilOneIsAnswered(t *testing.T) {
	for name, a := range map[string]answer.Answer{"rejected by the gateway": coded(401, "APIGW.0301"), "gone": coded(404, "CC.00059404"), "busy": busy} {
		t.Run(name, func(t *testing.T) {
			l := &logged{endpoint: plain(), takes: evenly(100, 100)}
			try(t, 100, &l.far, func(tr *trial) {
				l.join(tr)
				l.blind, l.renewed = a, answer.Answer{Fault: answer.FaultRefused}
				tr.run(tr.Context())
				tr.want("looks at once", most(l.requests), 1)
				if policy.RejectsAtGateway(tr.opts.Table.Judge(a)) {
					tr.want("looks", len(l.requests), rejectedLooks)
				}
			})
		})
	}
}

// A deletion that shows a little later is waited for less than a second, and one that takes
// long is not looked at more often than one canary at a time needs.
func TestCanariesThatTakeAWhile(t *testing.T) {
	for _, row := range []struct {
		unseen, within time.Duration
		looks          int
	}{
		{0, 500 * time.Millisecond, 8},
		{300 * time.Millisecond, time.Second, 4 + 3 + 2 + 1 + 2 + 1},
		{20 * time.Second, 35 * time.Second, 4 + 3 + 8 + 1 + 2 + 1},
	} {
		t.Run(row.unseen.String(), func(t *testing.T) {
			l := &logged{endpoint: plain(), takes: evenly(50, 50)}
			l.unseen = row.unseen
			try(t, 100, &l.far, func(tr *trial) {
				l.join(tr)
				tr.opts.Workers = 16
				began := time.Now()
				tr.want("deleted", tr.run(tr.Context()).Deleted, int64(100))
				before, pool := l.opening(3)
				if took, looks := pool.Sub(began), len(before)-3; took > row.within || looks > row.looks {
					tr.Errorf("calibration took %v and %d looks, want at most %v and %d", took, looks, row.within, row.looks)
				} else {
					t.Logf("calibration took %v and %d looks", took, looks)
				}
			})
		})
	}
}
