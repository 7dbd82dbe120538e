package worker

import (
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
)

// TestClockThatWasAhead: the due times of the ledger come from a clock that was an hour
// ahead, or behind. The IDs are asked for neither an hour later nor without any wait,
// and none of them pays for the hour.
func TestClockThatWasAhead(t *testing.T) {
	for name, off := range map[string]time.Duration{"an hour ahead": time.Hour, "an hour behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			f := &far{}
			f.answer = func(id string, nth int) answer.Answer {
				if nth < 3 && id[len(id)-1] == '7' {
					return busy
				}
				return ok
			}
			try(t, 32, f, func(tr *trial) {
				tr.opts.Jitter = func() float64 { return 0.5 }
				then := time.Now().Add(off)
				ds, _, err := tr.pass.Take(tr.Context(), 32, then)
				if err != nil || len(ds) != 32 {
					tr.Fatal(len(ds), err)
				}
				var waiting []queue.Outcome
				for _, d := range ds {
					waiting = append(waiting, queue.Outcome{
						Delivery: d, State: queue.Pending, Attempts: 1, FirstAt: then, At: then, Due: then.Add(10 * time.Second), Code: "CC.00000000",
					})
				}
				tr.want("settle", tr.pass.Settle(tr.Context(), waiting), nil)
				p := tr.run(tr.Context())
				tr.want("deleted", p.Deleted, int64(32))
				tr.want("dead", p.Dead, int64(0))
				tr.want("requests", p.Requests, int64(32+2*3))
				if took := p.FinishedAt.Sub(p.StartedAt); took > time.Minute {
					tr.Errorf("it took %v", took)
				}
				for id, times := range f.sent {
					if gap := times[len(times)-1].Sub(times[0]); len(times) > 1 && gap < 500*time.Millisecond {
						tr.Errorf("%s is asked for again after %v", id, gap)
					}
				}
			})
		})
	}
}
