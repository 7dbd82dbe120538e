package worker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/queue"
)

// recorder is a queue that only settles, and can refuse to.
type recorder struct {
	Queue
	mu      sync.Mutex
	batches []int
	err     error
}

func (r *recorder) Settle(_ context.Context, outcomes []queue.Outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches = append(r.batches, len(outcomes))
	return r.err
}

// hands returns a settler for a pool of which out workers hold an ID.
func hands(r *recorder, out int, settled func([]queue.Outcome) error) *settler {
	s := &settler{
		queue: r, settled: settled, settling: make(chan struct{}, 1),
		delay:    batchDelay{out: func() int64 { return int64(out) }, underWay: &underWay{}, idle: newIdle()},
		returned: func([]queue.Outcome) {},
		catch:    func() {},
	}
	s.begin()
	return s
}

// TestBatchesAreSettled: workers whose requests take that long, begun at these moments, are
// settled in batches of these sizes, and the last is settled that long after its answer.
func TestBatchesAreSettled(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name  string
		out   int
		begun []time.Duration
		takes time.Duration
		want  []int
		wait  time.Duration
	}{
		{"all of the pool", 3, []time.Duration{0, 0, 0}, time.Second, []int{3}, 0},
		{"nobody left to join", 1, []time.Duration{0}, time.Second, []int{1}, 0},
		{"others may come at once", 64, []time.Duration{0, 0}, 50 * ms, []int{2}, firstBatchDelay - ms/10},
		{"together", 64, []time.Duration{0, 1 * ms, 2 * ms, 3 * ms, 4 * ms}, 50 * ms, []int{5}, 4 * ms / 10},
		{"within a fifth of an answer", 64, []time.Duration{0, 19 * ms}, 100 * ms, []int{2}, ms / 10},
		{"within no more than the most", 64, []time.Duration{0, 19 * ms, 22 * ms}, time.Minute, []int{2, 1}, firstBatchDelay},
		{"within no less than the least", 64, []time.Duration{0, 3 * ms, 6 * ms}, 10 * ms, []int{2, 1}, firstBatchDelay},
		{"far away", 64, []time.Duration{0, 20 * ms}, 50 * ms, []int{1, 1}, firstBatchDelay},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, reported := &recorder{}, 0
				c := hands(r, tt.out, func(os []queue.Outcome) error { reported += len(os); return nil })
				var all sync.WaitGroup
				began, last := time.Now(), time.Duration(0) // when the last answer comes
				for i, at := range tt.begun {
					takes := tt.takes - time.Duration(i)*100*time.Microsecond // no two things happen at once
					last = max(last, at+takes)
					all.Go(func() {
						time.Sleep(at)
						place := c.delay.underWay.begin(time.Now())
						time.Sleep(takes)
						c.delay.underWay.end(place)
						if err := c.settle(queue.Outcome{}, takes); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if !slices.Equal(r.batches, tt.want) || reported != len(tt.begun) {
					t.Errorf("batches %v, reported %d, want %v", r.batches, reported, tt.want)
				}
				if waited := time.Since(began) - last; waited != tt.wait {
					t.Errorf("the last waited %v, want %v", waited, tt.wait)
				}
			})
		})
	}
}

// TestBatchWaitsForNoLateAnswer: a request that takes longer than the others does not keep
// them waiting.
func TestBatchWaitsForNoLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := hands(&recorder{}, 64, func([]queue.Outcome) error { return nil })
		c.delay.underWay.begin(time.Now())
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := c.settle(queue.Outcome{}, 50*time.Millisecond); err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited != firstBatchDelay {
			t.Errorf("waited %v, want %v", waited, firstBatchDelay)
		}
	})
}

// TestOnlyWhatIsSettledIsReported: the order that keeps the promises.
func TestOnlyWhatIsSettledIsReported(t *testing.T) {
	full := errors.New("disk full")
	r := &recorder{err: full}
	c := hands(r, 1, func(os []queue.Outcome) error { t.Errorf("reported %+v", os); return nil })
	if err := c.settle(queue.Outcome{}, 0); !errors.Is(err, full) {
		t.Errorf("settle = %v, want %v", err, full)
	}
}

// TestFailingReportsStopThePass: the whole batch is reported once, and the error comes
// back to all its workers.
func TestFailingReportsStopThePass(t *testing.T) {
	full := errors.New("results disk full")
	reported := 0
	c := hands(&recorder{}, 2, func(os []queue.Outcome) error { reported += len(os); return full })
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := c.settle(queue.Outcome{}, 0); !errors.Is(err, full) {
				t.Errorf("settle = %v, want %v", err, full)
			}
		})
	}
	all.Wait()
	if reported != 2 {
		t.Errorf("reported %d, want 2", reported)
	}
}
