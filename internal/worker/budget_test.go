package worker

import (
	"context"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// TestBudgetOutlastsAnOutage: an ID that finds no connection gives its place back
// and has to ask for one again, so the budget is neither exceeded nor used up by
// what never left.
func TestBudgetOutlastsAnOutage(t *testing.T) {
	for _, budget := range []int64{1, 5, 16} {
		f, began := &far{latency: 100 * time.Millisecond}, time.Time{}
		f.answer = func(string, int) answer.Answer {
			if time.Since(began) < 10*time.Minute {
				return unreached
			}
			return ok
		}
		try(t, 100, f, func(tr *trial) {
			tr.opts.Workers, tr.opts.Budget = 16, budget
			began = time.Now()
			p := tr.run(tr.Context())
			tr.want("deleted", p.Deleted, budget)
			tr.want("requests", p.Requests, budget)
			tr.want("stop", p.Stop.Kind, StopMaxDeletes)
		})
	}
}

// TestBudgetEndsWithTheLastID: whoever waits for a place is told when none will
// come back, also when there is nobody after it.
func TestBudgetEndsWithTheLastID(t *testing.T) {
	try(t, 2, &far{latency: time.Second}, func(tr *trial) {
		tr.opts.Workers, tr.opts.Budget = 2, 1
		ctx, cancel := context.WithTimeoutCause(tr.Context(), time.Hour, &Stop{Kind: StopMaxDuration})
		defer cancel()
		p := tr.run(ctx)
		tr.want("deleted", p.Deleted, int64(1))
		tr.want("stop", p.Stop.Kind, StopMaxDeletes)
		tr.want("pending", tr.counts().Pending, int64(1))
	})
}

// TestBudgetCountsAnIDOnce, also when it is sent again and finds no connection
// then: something was sent for it.
func TestBudgetCountsAnIDOnce(t *testing.T) {
	f := &far{answer: func(_ string, nth int) answer.Answer {
		switch nth {
		case 1:
			return timedOut
		case 2:
			return unreached
		default:
			return ok
		}
	}}
	try(t, 100, f, func(tr *trial) {
		tr.opts.Workers, tr.opts.Budget = 1, 2
		p := tr.run(tr.Context())
		tr.want("IDs sent", len(f.sent), 2)
		tr.want("stop", p.Stop.Kind, StopMaxDeletes)
	})
}

// TestBudgetForgetsWhatIsSettled: it holds no more IDs than are out or wait.
func TestBudgetForgetsWhatIsSettled(t *testing.T) {
	try(t, 100, &far{}, func(tr *trial) {
		tr.opts.Budget = 100
		w := New(tr.opts)
		_, err := w.Run(tr.Context(), tr.Context())
		tr.want("error", err, nil)
		tr.want("held", len(w.stages.leases.budget.charged), 0)
	})
}
