package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/queue"
)

// TestProtectedWhileWaiting: an ID that becomes protected while its permit is a
// long time coming is not sent, and neither is one that was to be sent again.
func TestProtectedWhileWaiting(t *testing.T) {
	t.Run("for a permit", func(t *testing.T) {
		f := &far{answer: func(_ string, nth int) answer.Answer {
			a := tooMany
			a.RetryAfter = 10 * time.Minute
			if nth == 1 {
				return a
			}
			return ok
		}}
		try(t, 100, f, func(tr *trial) {
			began := time.Now()
			tr.opts.Pacer = pace.NewAdaptive(pace.Options{Ceiling: 1e6, Floor: 1e6, Burst: 1000})
			tr.opts.Guard = guard(func(string) (string, bool, error) { return "all", time.Since(began) > time.Minute, nil })
			p := tr.run(tr.Context())
			tr.want("protected", p.Protected, int64(100))
			if n := f.requests(); n > tr.opts.Workers {
				tr.Errorf("%d requests; want none after the protection", n)
			}
		})
	})
	t.Run("for a new token", func(t *testing.T) {
		f := &far{answer: func(string, int) answer.Answer { return expired }}
		try(t, 1, f, func(tr *trial) {
			tr.opts.Guard = guard(func(string) (string, bool, error) { return "all", f.requests() > 0, nil })
			tr.want("protected", tr.run(tr.Context()).Protected, int64(1))
			tr.want("requests", f.requests(), 1)
		})
	})
}

// TestPauseWhileTheGuardThinks: a permit does not outlive a pause that begins
// between it and the DELETE.
func TestPauseWhileTheGuardThinks(t *testing.T) {
	f := &far{}
	try(t, 1, f, func(tr *trial) {
		began, asked := time.Now(), 0
		tr.opts.Guard = guard(func(string) (string, bool, error) {
			if asked++; asked == 2 {
				tr.opts.Pacer.Pause(time.Minute)
			}
			return "", false, nil
		})
		tr.want("deleted", tr.run(tr.Context()).Deleted, int64(1))
		tr.want("sent after the pause", f.sent["first-0000"][0].Sub(began) >= time.Minute, true)
	})
}

// TestThrottledForEver ends, although every answer promises that a minute is
// enough.
func TestThrottledForEver(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer {
		a := tooMany
		a.RetryAfter = time.Minute
		return a
	}}
	try(t, 200, f, func(tr *trial) {
		began := time.Now()
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopThrottle)
		tr.want("pending", tr.counts().Pending, int64(200))
		if took := time.Since(began); took > 2*time.Hour {
			tr.Errorf("pass took %v", took)
		}
	})
}

// TestRehearsalSeesEachIDOnce, however long it takes.
func TestRehearsalSeesEachIDOnce(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer { return answer.Answer{Fault: answer.FaultDryRun} }}
	try(t, 2000, f, func(tr *trial) {
		tr.opts.Pacer = pace.NewSteady(0.1, 1) // five and a half hours
		tr.run(tr.Context())
		tr.want("rehearsed", f.requests(), 2000)
		tr.want("pending", tr.counts().Pending, int64(2000))
	})
}

// TestForeignTasksDoNotBlockTheOthers: one in twenty is forbidden, and ten in a
// row at the end; pass after pass makes progress until they are dead letters.
func TestForeignTasksDoNotBlockTheOthers(t *testing.T) {
	f := &far{answer: func(task string, _ int) answer.Answer {
		if strings.HasPrefix(task, "last") || strings.HasPrefix(task, "first") && strings.HasSuffix(task, "0") && strings.Contains("26", task[len(task)-2:len(task)-1]) {
			return noRight
		}
		return ok
	}}
	try(t, 1000, f, func(tr *trial) {
		tr.load("last", 5)
		for night := range 12 {
			if _, err := New(tr.opts).Run(tr.Context(), tr.Context()); err != nil {
				tr.Fatal(err)
			}
			tr.load(fmt.Sprintf("night %d", night), 5)
			time.Sleep(24 * time.Hour)
		}
		if _, err := New(tr.opts).Run(tr.Context(), tr.Context()); err != nil {
			tr.Fatal(err)
		}
		c := tr.counts()
		tr.want("pending", c.Pending, int64(0))
		tr.want("dead", c.Dead, int64(25))
	})
}

// TestManyForeignTasksInARow: forbidden tasks that stand together, many more than there are
// workers, do not stop the pass before IDs from elsewhere are tried. Those clear it.
func TestManyForeignTasksInARow(t *testing.T) {
	for range 10 {
		f := &far{answer: func(task string, _ int) answer.Answer {
			if task >= id("first", 10) && task < id("first", 60) {
				return noRight
			}
			return ok
		}}
		try(t, 100, f, func(tr *trial) {
			tr.opts.Workers = 16
			p := tr.run(tr.Context())
			tr.want("deleted", p.Deleted, int64(50))
		})
	}
}

// TestBudgetIsForWhatIsSent: neither protected IDs nor those that never left
// are counted.
func TestBudgetIsForWhatIsSent(t *testing.T) {
	var logins atomic.Int64
	f := &far{answer: func(string, int) answer.Answer {
		if logins.Add(1) <= 20 {
			return answer.Answer{Fault: answer.FaultLogin, RetryAfter: time.Second}
		}
		return ok
	}}
	try(t, 100, f, func(tr *trial) {
		tr.opts.Budget = 10
		tr.opts.Guard = guard(func(task string) (string, bool, error) { return "glob", task < "first-0030", nil })
		p := tr.run(tr.Context())
		tr.want("protected, but for those kept in reserve", p.Protected >= 30-reserveSize, true)
		tr.want("deleted", p.Deleted, int64(10))
		tr.want("stop", p.Stop.Kind, StopMaxDeletes)
	})
}

// failing is a queue whose Settle begins to fail once broken is set.
type failing struct {
	Queue
	broken atomic.Bool
}

var errDisk = errors.New("disk full")

func (q *failing) Settle(ctx context.Context, outcomes []queue.Outcome) error {
	if q.broken.Load() {
		return errDisk
	}
	return q.Queue.Settle(ctx, outcomes)
}

// TestLedgerFailsWhileDraining: a failure after the stop is reported all the same.
func TestLedgerFailsWhileDraining(t *testing.T) {
	f := &far{latency: 5 * time.Second}
	try(t, 100, f, func(tr *trial) {
		q := &failing{Queue: tr.pass}
		tr.opts.Queue = q
		ctx, cancel := context.WithTimeoutCause(tr.Context(), time.Second, &Stop{Kind: StopSignal})
		defer cancel()
		context.AfterFunc(ctx, func() { q.broken.Store(true) })
		_, err := New(tr.opts).Run(ctx, tr.Context())
		if !errors.Is(err, errDisk) {
			tr.Errorf("Run = %v, want %v", err, errDisk)
		}
		q.broken.Store(false)
	})
}

// TestStoppedBeforeSendingSpendsNothing: our own stop is nobody's failure.
func TestStoppedBeforeSendingSpendsNothing(t *testing.T) {
	f := &far{answer: func(string, int) answer.Answer { return answer.Answer{Fault: answer.FaultStopped} }, latency: time.Second}
	try(t, 4, f, func(tr *trial) {
		tr.opts.Retry.Attempts = 1
		ctx, cancel := context.WithTimeoutCause(tr.Context(), 500*time.Millisecond, &Stop{Kind: StopSignal})
		defer cancel()
		p := tr.run(ctx)
		tr.want("dead", p.Dead, int64(0))
		tr.want("pending", tr.counts().Pending, int64(4))
	})
}
