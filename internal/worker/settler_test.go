package worker

import (
	"context"
	"errors"
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
		queue: r, settled: settled,
		out:      func() int64 { return int64(out) },
		returned: func([]queue.Outcome) {},
		catch:    func() {},
	}
	s.begin()
	return s
}

func TestBatchesAreSettled(t *testing.T) {
	tests := []struct {
		name     string
		out      int
		settlers int
		took     time.Duration
		want     []int
		wait     time.Duration
	}{
		{"all of the pool", 8, 8, time.Second, []int{8}, 0},
		{"nobody left to join", 2, 2, time.Second, []int{2}, 0},
		{"one worker", 1, 1, time.Second, []int{1}, 0},
		{"a share of the answer's time", 64, 2, 200 * time.Millisecond, []int{2}, 10 * time.Millisecond},
		{"at least the least", 64, 2, time.Microsecond, []int{2}, minBatchDelay},
		{"at most the most", 64, 2, time.Minute, []int{2}, maxBatchDelay},
		{"once more while many come", 64, 16, time.Microsecond, []int{16}, 2 * minBatchDelay},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, reported := &recorder{}, 0
				c := hands(r, tt.out, func(os []queue.Outcome) error { reported += len(os); return nil })
				began := time.Now()
				var all sync.WaitGroup
				for range tt.settlers {
					all.Go(func() {
						if err := c.settle(queue.Outcome{}, tt.took); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if len(r.batches) != len(tt.want) || r.batches[0] != tt.want[0] || reported != tt.settlers {
					t.Errorf("batches %v, reported %d, want %v", r.batches, reported, tt.want)
				}
				if waited := time.Since(began); waited != tt.wait {
					t.Errorf("waited %v, want %v", waited, tt.wait)
				}
			})
		})
	}
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
