package pass

import (
	"testing"
	"time"

	"cleaner/internal/quota"
	"cleaner/internal/sim"
)

// TestPassFindsTheLimit: whole passes over limits that nobody told them, and each a second
// time with what the first has learned.
func TestPassFindsTheLimit(t *testing.T) {
	second := func(k quota.Kind, n int) quota.Limit { return quota.Limit{Kind: k, N: n, Window: time.Second} }
	nginx := quota.Limit{Kind: quota.Bucket, N: 50, Window: time.Second, Burst: 5}
	bare := []sim.ThrottleShape{sim.ShapeBare}
	for _, tt := range []struct {
		name     string
		throttle sim.Throttle
		ids      int
		ideal    time.Duration
		slow     time.Duration // to find out takes so much longer
		passes   int
	}{
		{"nginx limit_req, 429", sim.Throttle{Limits: []quota.Limit{nginx}, Shapes: bare}, 500, 10 * time.Second, 0, 2},
		{"nginx limit_req, 503", sim.Throttle{Limits: []quota.Limit{nginx}, Shapes: []sim.ThrottleShape{sim.ShapeBare503}}, 500, 10 * time.Second, 4 * time.Second, 2},
		{"nginx limit_conn", sim.Throttle{Limits: []quota.Limit{{Kind: quota.AtOnce, N: 4}}, Shapes: bare}, 500, 12500 * time.Millisecond, 20 * time.Second, 1},
		{"50 a second, the gateway's text", sim.Throttle{Limits: []quota.Limit{second(quota.Fixed, 50)}}, 500, 10 * time.Second, 0, 1},
		{"600 a minute, bare", sim.Throttle{Limits: []quota.Limit{{N: 600, Window: time.Minute}}, Shapes: bare}, 1300, 130 * time.Second, 10 * time.Second, 1},
		{"600 a minute, told in each answer", sim.Throttle{Limits: []quota.Limit{{N: 600, Window: time.Minute}}, Tell: true}, 700, 70 * time.Second, 0, 1},
		{"a tarpit of 2 s", sim.Throttle{Limits: []quota.Limit{second(quota.Sliding, 20)}, Shapes: bare, Hold: 2 * time.Second}, 400, 20 * time.Second, 40 * time.Second, 1}, // its looks share that limit
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := sim.Options{Throttle: tt.throttle, Latency: sim.Latency{Min: 50 * time.Millisecond, Max: 150 * time.Millisecond}}
			over(t, o, tt.passes*tt.ids, func(w *world) {
				w.spec.Limits = Limits{Workers: 64, Rate: 200, Burst: 1, Grace: time.Minute}
				w.spec.Retry.Attempts, w.spec.Retry.Initial, w.spec.Retry.Max, w.spec.Retry.Deadline = 8, time.Second, time.Minute, time.Hour
				for i := range tt.passes {
					most := tt.ideal*105/100 + 8*time.Second
					if i == 0 {
						most += tt.slow
					}
					ids := hexes(i*tt.ids, (i+1)*tt.ids)
					w.give(ids)
					r := w.pass(w.Context())
					took := r.FinishedAt.Sub(r.StartedAt)
					t.Logf("pass %d: %v for %v, %d requests, %d throttled, %d retries", i+1, took.Round(100*time.Millisecond), tt.ideal, r.Requests, r.Throttled, r.Retries)
					w.want("deleted", r.Deleted, int64(tt.ids))
					if took > most {
						t.Errorf("pass %d took %v, want at most %v", i+1, took, most)
					}
				}
			})
		})
	}
}
