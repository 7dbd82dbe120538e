package pass

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// keepOpen closes at the end of the test what a pass that has panicked leaves open.
func keepOpen(t *testing.T, open func(context.Context, bool) (queue.Ledger, error)) func(context.Context, bool) (queue.Ledger, error) {
	return func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
		q, err := open(ctx, rehearse)
		if err == nil {
			t.Cleanup(func() { _ = q.Close() })
		}
		return q, err
	}
}

// TestPanicIsReported: a panic in the middle of a pass ends it with a report that
// balances, from the ledger's numbers. (That the process ends, and that the next pass
// does what is left, is tested on processes: see TestPanicIsHandedOver.)
func TestPanicIsReported(t *testing.T) {
	for _, look := range []bool{true, false} {
		dir := t.TempDir() // not in a bubble: what has panicked leaves goroutines behind
		tr := newTrial(t, dir, &far{latency: time.Millisecond})
		var seen atomic.Int64
		tr.deps.Adjust = func(o *worker.Options) {
			o.Observers = append(o.Observers, worker.Observer{Exchange: func(worker.Exchange) {
				if seen.Add(1) == 40 {
					panic("a planted fault")
				}
			}})
		}
		panicked := 0
		tr.deps.Panicked = func() { panicked++ }
		if !look {
			tr.deps.Look = nil
		}
		open := tr.deps.Open
		tr.deps.Open = keepOpen(t, open)
		tr.input(500)
		r, err := Run(tr.Context(), tr.Context(), tr.deps, tr.spec)
		crash, ok := errors.AsType[*worker.Crash](err)
		if !ok || crash.Value != "a planted fault" {
			t.Fatalf("the pass ended with %v", err)
		}
		tr.want("told", panicked, 1)
		tr.want("stopped by", r.StoppedBy, "panic")
		if look {
			tr.want("the sum", r.Deleted+r.Gone+r.Protected+r.Dead+r.Pending, r.Loaded)
			tr.want("loaded", r.Loaded, int64(500))
		}
		tr.want("some were deleted", r.Deleted > 0 && r.Deleted < 100, true)
	}
}

// TestPanicBeforeThePass ends its report too.
func TestPanicBeforeThePass(t *testing.T) {
	var r Report
	err := Recover(&r, nil, func() error { panic("a fault") })
	if _, ok := errors.AsType[*worker.Crash](err); !ok || r.StoppedBy != "panic" || r.Known {
		t.Errorf("ended with %v, %+v", err, r)
	}
}
