package pass

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/knowledge"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/quota"
	"cleaner/internal/sim"
)

// TestEstimateAtHalfTime: what a pass says at half time of how long it takes is within a tenth
// of that, and names what bounds it. Nobody told it the limits.
func TestEstimateAtHalfTime(t *testing.T) {
	bare := []sim.ThrottleShape{sim.ShapeBare}
	for _, tt := range []struct {
		name     string
		throttle sim.Throttle
		ids      int
		rate     float64
		workers  int
		bound    string
	}{
		{"nginx limit_req", sim.Throttle{Limits: []quota.Limit{{Kind: quota.Bucket, N: 50, Window: time.Second, Burst: 5}}, Shapes: bare}, 1000, 200, 64, "limit"},
		{"50 a second, the gateway's text", sim.Throttle{Limits: []quota.Limit{{Kind: quota.Fixed, N: 50, Window: time.Second}}}, 1000, 200, 64, "limit"},
		{"600 a minute, bare", sim.Throttle{Limits: []quota.Limit{{N: 600, Window: time.Minute}}, Shapes: bare}, 1300, 200, 64, "limit"},
		{"600 a minute, told in each answer", sim.Throttle{Limits: []quota.Limit{{N: 600, Window: time.Minute}}, Tell: true}, 700, 200, 64, "limit"},
		{"20 a second, behind a tarpit", sim.Throttle{Limits: []quota.Limit{{N: 20, Window: time.Second}}, Shapes: bare, Hold: 2 * time.Second}, 1600, 200, 64, "limit"},
		{"nginx limit_conn", sim.Throttle{Limits: []quota.Limit{{Kind: quota.AtOnce, N: 4}}, Shapes: bare}, 2000, 200, 64, "latency"},
		{"no limit, a ceiling", sim.Throttle{}, 1000, 50, 64, "ceiling"},
		{"no limit, few workers", sim.Throttle{}, 1000, 200, 4, "workers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := sim.Options{Throttle: tt.throttle, Latency: sim.Latency{Min: 50 * time.Millisecond, Max: 150 * time.Millisecond}}
			over(t, o, tt.ids, func(w *world) {
				w.spec.Limits = Limits{Workers: tt.workers, Rate: tt.rate, Burst: 1, Grace: time.Minute}
				w.spec.Retry.Attempts, w.spec.Retry.Initial, w.spec.Retry.Max, w.spec.Retry.Deadline = 8, time.Second, time.Minute, time.Hour
				said := foretold(w)
				r := w.pass(w.Context())
				w.want("deleted", r.Deleted, int64(tt.ids))
				half := said(r.StartedAt.Add(r.FinishedAt.Sub(r.StartedAt) / 2))
				took := r.FinishedAt.Sub(r.StartedAt)
				if off := half.end.Sub(r.FinishedAt); half.end.IsZero() || off.Abs() > took/10 {
					t.Errorf("at half time it says that it ends after %v, and it took %v", half.end.Sub(r.StartedAt), took)
				}
				if half.bound != tt.bound && half.bound != "waiting" { // between two windows nothing may be sent
					t.Errorf("bound at half time by %s, want %s", half.bound, tt.bound)
				}
				w.want("bound in the report", r.Pace.Bound, tt.bound)
			})
		})
	}
}

// forecast is what a pass said at a moment: when it ends, and what bounds it.
type forecast struct {
	said, end time.Time
	bound     string
}

// foretold has the next pass of w asked twice a second when it ends. What it returns waits for
// the end of the pass, and is what was said first from a moment on.
func foretold(w *world) func(from time.Time) forecast {
	live := new(Live)
	w.deps.Live = live
	var all []forecast
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for begun := false; !begun || live.working.Load(); time.Sleep(500 * time.Millisecond) {
			begun = begun || live.working.Load()
			if rest := live.View().Rest; rest.Lasts > 0 {
				all = append(all, forecast{time.Now(), time.Now().Add(rest.Lasts), rest.Bound.String()})
			}
		}
	}()
	return func(from time.Time) forecast {
		<-ended
		for _, f := range all {
			if !f.said.Before(from) {
				return f
			}
		}
		return forecast{}
	}
}

// TestForeseenByWhatWasLearned: before a pass the ledger's limit counts, for its scope alone; without
// one it takes at least what the ceiling allows.
func TestForeseenByWhatWasLearned(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.spec.Scope = knowledge.TokenFile("https://check.example")
		tr.spec.Limits.Rate = 50
		tr.spec.Inputs = []Source{tr.file("tasks.txt", ids(0, 100)...)}
		for _, tt := range []struct {
			of   knowledge.Scope
			want string
		}{
			{knowledge.TokenFile("https://other.example"), "at least 2s, at 50 requests a second; ceiling: "},
			{tr.spec.Scope, "about 10s, at 10 requests a second; limit: "},
		} {
			tr.open(func(q queue.Ledger) {
				learned := map[policy.Lane]policy.PaceLearned{policy.LaneDelete: {Rate: 10, At: time.Now()}}
				tr.want("kept", knowledge.KeepPace(tr.Context(), q, tt.of, learned), nil)
			})
			p, _, forget, err := Preview(tr.Context(), tr.deps, tr.spec)
			forget()
			tr.want("error", err, nil)
			tr.want(p.Takes.String(), strings.HasPrefix(p.Takes.String(), tt.want), true)
		}
	})
}
