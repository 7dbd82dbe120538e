package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// endless is a ledger that lends fresh IDs for ever, and a far side that confirms at once.
type endless struct {
	Queue
	ds  []queue.Delivery
	seq int64
}

func (q *endless) Take(context.Context, int, time.Time) ([]queue.Delivery, time.Time, error) {
	for i := range q.ds {
		q.seq++
		q.ds[i] = queue.Delivery{Seq: q.seq, ID: "0123456789abcdef0123456789abcdef", Batch: "first"}
	}
	return q.ds, time.Time{}, nil
}

func (*endless) Settle(context.Context, []queue.Outcome) error    { return nil }
func (*endless) Ready(context.Context) answer.Answer              { return answer.Answer{} }
func (*endless) DeleteTask(context.Context, string) answer.Answer { return ok }
func (*endless) Renew(context.Context, uint64) answer.Answer      { return answer.Answer{} }
func (*endless) StopTask(context.Context, string) answer.Answer   { return ok }
func (*endless) LookAtTask(context.Context, string) answer.Answer { return there }

// BenchmarkProcessOne is what a worker computes for an ID, without its request, the ledger
// and the observers.
func BenchmarkProcessOne(b *testing.B) {
	for adaptive, p := range map[bool]*pace.Adaptive{
		false: pace.NewSteady(1e9, 1e6),
		true:  pace.NewAdaptive(pace.Options{Ceiling: 1e9, Floor: 1e9, Burst: 1e6}),
	} {
		b.Run(fmt.Sprintf("adaptive=%v", adaptive), func(b *testing.B) {
			q := &endless{ds: make([]queue.Delivery, 64)}
			w := New(Options{
				Queue: q, Service: q, Pacer: p,
				Rules:  Rules{Table: policy.DefaultTable(), Retry: policy.Retry{Attempts: 4, Initial: time.Second, Max: time.Minute, Deadline: time.Hour}},
				Limits: Limits{Workers: 1},
			})
			ctx, stop := context.WithCancelCause(b.Context())
			w.cancel = stop
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.ProcessOne(ctx, ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
