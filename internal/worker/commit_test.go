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
	queue.Queue
	mu     sync.Mutex
	groups []int
	err    error
}

func (r *recorder) Settle(_ context.Context, outcomes []queue.Outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups = append(r.groups, len(outcomes))
	return r.err
}

// hands returns commits for a pool of which out workers hold an ID.
func hands(r *recorder, out int, told func([]queue.Outcome) error) *commits {
	c := &commits{
		queue: r, told: told,
		out:   func() int { return out },
		back:  func([]queue.Outcome) {},
		catch: func() {},
	}
	c.gather()
	return c
}

func TestGroupsAreWritten(t *testing.T) {
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
		{"at least the least", 64, 2, time.Microsecond, []int{2}, leastCompany},
		{"at most the most", 64, 2, time.Minute, []int{2}, mostCompany},
		{"once more while many come", 64, 16, time.Microsecond, []int{16}, 2 * leastCompany},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, told := &recorder{}, 0
				c := hands(r, tt.out, func(os []queue.Outcome) error { told += len(os); return nil })
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
				if len(r.groups) != len(tt.want) || r.groups[0] != tt.want[0] || told != tt.settlers {
					t.Errorf("groups %v, told %d, want %v", r.groups, told, tt.want)
				}
				if waited := time.Since(began); waited != tt.wait {
					t.Errorf("waited %v, want %v", waited, tt.wait)
				}
			})
		})
	}
}

// TestNobodyIsToldOfWhatIsNotWritten: the order that keeps the promises.
func TestNobodyIsToldOfWhatIsNotWritten(t *testing.T) {
	full := errors.New("disk full")
	r := &recorder{err: full}
	c := hands(r, 1, func(os []queue.Outcome) error { t.Errorf("told of %+v", os); return nil })
	if err := c.settle(queue.Outcome{}, 0); !errors.Is(err, full) {
		t.Errorf("settle = %v, want %v", err, full)
	}
}

// TestWhatCannotBeToldStopsThePass: everybody in the group is told of all the
// same, and the error comes back to the workers.
func TestWhatCannotBeToldStopsThePass(t *testing.T) {
	full := errors.New("results disk full")
	told := 0
	c := hands(&recorder{}, 2, func(os []queue.Outcome) error { told += len(os); return full })
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := c.settle(queue.Outcome{}, 0); !errors.Is(err, full) {
				t.Errorf("settle = %v, want %v", err, full)
			}
		})
	}
	all.Wait()
	if told != 2 {
		t.Errorf("told %d, want 2", told)
	}
}
