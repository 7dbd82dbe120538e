package pass

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
)

// TestSharesStopARun: too many dead letters, or too many IDs that are not there,
// stop the run within the requests under way, and the rest stays pending.
func TestSharesStopARun(t *testing.T) {
	for _, tt := range []struct {
		name    string
		n       int
		options sim.Options
		by, key string
		raise   func(*policy.Shares)
	}{
		{"another region's list", 0, sim.Options{}, "not_found_share", "safety.not_found_share", func(s *policy.Shares) { s.NotFound = 1 }},
		{"most are refused", 500, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.6")}}, "failed_share", "safety.failed_share", func(s *policy.Shares) { s.Failed = 1 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			over(t, tt.options, tt.n, func(w *world) {
				w.give(hexes(0, 500))
				w.spec.Safety.Canaries = 0
				w.spec.Safety.Shares = policy.Shares{Sample: 20, Failed: 0.2, NotFound: 0.5}
				r := w.pass(w.Context())
				w.want("stopped by", r.StoppedBy, tt.by)
				w.want("names the limit: "+r.Reason, strings.Contains(r.Reason, tt.key), true)
				if sent := w.sim.Truth().Deletes; sent < 40 || sent > 2*20+3*16 {
					t.Errorf("%d requests, want the sample of 20, as many from across the list, and at most those under way", sent)
				}
				w.want("the rest is pending", r.Pending > 400, true)
				w.spec.Inputs = nil // raised, it stops nobody
				tt.raise(&w.spec.Safety.Shares)
				w.release(queue.Holds{All: true})
				w.want("pending", w.pass(w.Context()).Pending, int64(0))
			})
		})
	}
}

// TestUnreachableServiceStopsARun: nothing ever answers well, and nobody pays.
func TestUnreachableServiceStopsARun(t *testing.T) {
	over(t, sim.Options{Faults: []sim.Fault{fault(t, "502")}}, 500, func(w *world) {
		w.spec.Safety.Canaries = 0
		w.spec.Retry.Deadline = 300 * time.Millisecond
		r := w.pass(w.Context())
		w.want("stopped by", r.StoppedBy, "unreachable")
		w.want("says the last answer: "+r.Reason, strings.Contains(r.Reason, "HTTP 502"), true)
		w.want("pending", r.Pending, int64(500))
	})
}

// TestRunningTasksOfARun: what runs is left to the next pass or stopped and deleted,
// and no dead letter comes of it.
func TestRunningTasksOfARun(t *testing.T) {
	for _, choice := range []policy.Running{"skip", "stop"} {
		t.Run(string(choice), func(t *testing.T) {
			over(t, sim.Options{}, 0, func(w *world) {
				w.spec.Retry.Running, w.spec.Retry.Deadline = choice, time.Minute
				ids := hexes(0, 100)
				for i, id := range ids {
					w.want("add", w.sim.AddTasks(sim.Task{ID: id, Running: i%3 == 0}), nil)
				}
				w.give(ids)
				r := w.pass(w.Context())
				truth := w.sim.Truth()
				w.want("deleted", r.Deleted, truth.Effects)
				w.want("dead", r.Dead, int64(0))
				if choice == "skip" {
					w.want("stops", truth.Stops, int64(0))
					w.want("some are left", r.Pending > 10, true)
				} else {
					w.want("some were stopped", truth.Stops > 10, true)
					w.want("deleted", r.Deleted, int64(100))
				}
			})
		})
	}
}

// TestRunIsBlamedForPermission: nobody's ID, so nobody's dead letter.
func TestRunIsBlamedForPermission(t *testing.T) {
	for _, name := range []string{"no-permission-200", "no-project", "gateway-404", "html-200", "redirect-302", "denied-403", "bare-404"} {
		t.Run(name, func(t *testing.T) {
			over(t, sim.Options{Faults: []sim.Fault{fault(t, name)}}, 200, func(w *world) {
				r := w.pass(w.Context())
				w.want("stopped by", r.StoppedBy, "credentials")
				w.want("pending", r.Pending, int64(200))
				if n := w.sim.Truth().Deletes; n > 3*16 {
					t.Errorf("%d requests before the stop", n)
				}
			})
		})
	}
}

// TestRevocation: 200 workers whose token is rejected all at once make one login, and
// no ID pays for it. The rejections come some seconds after the requests, so that all
// are under way when the first comes, and the token is old enough not to be waited for.
func TestRevocation(t *testing.T) {
	over(t, sim.Options{}, 200, func(w *world) {
		w.spec.Limits.Workers = 200
		w.spec.Safety.Canaries = 0 // all at once, but for a few that are kept for later
		var token atomic.Pointer[string]
		var rejected atomic.Int64
		behind, expired := w.sim.Handler(), says(http.StatusUnauthorized, `{"error_code":"CC.00000003","error_msg":"expired"}`)
		w.everything(func(rw http.ResponseWriter, r *http.Request) {
			own := r.Header.Get("X-Auth-Token")
			if token.CompareAndSwap(nil, &own); own != *token.Load() {
				behind.ServeHTTP(rw, r)
				return
			}
			rejected.Add(1)
			time.Sleep(5500 * time.Millisecond)
			expired(rw, r)
		})
		r := w.pass(w.Context())
		w.want("deleted", r.Deleted, int64(200))
		w.want("almost all were rejected", rejected.Load() > 190, true)
		w.want("requests sent again", r.Retries, rejected.Load())
		w.want("logins at IAM, the first one included", w.sim.Truth().Logins, int64(2))
		w.want("logins in the report", r.Logins, int64(2))
		for id, o := range w.ends {
			if o.Attempts != 1 {
				t.Errorf("%s spent %d attempts", id, o.Attempts)
			}
		}
	})
}

// TestGatewayThrottle runs into a real window of the gateway, which names it in
// its text, and still deletes everything.
func TestGatewayThrottle(t *testing.T) {
	over(t, sim.Options{Throttle: sim.Throttle{Limit: 200, Window: time.Second}}, 500, func(w *world) {
		w.spec.Limits.Floor = 0
		r := w.pass(w.Context())
		w.want("deleted", r.Deleted, int64(500))
		if r.Throttled == 0 || r.Throttled > 60 {
			t.Errorf("throttled %d times; want a few: a throttle answer delays all workers", r.Throttled)
		}
	})
}

// TestRateIsKept measures at the service, retries included.
func TestRateIsKept(t *testing.T) {
	const rate, burst, workers = 100, 5, 8
	over(t, sim.Options{Faults: []sim.Fault{fault(t, "busy-400:0.3:1")}}, 200, func(w *world) {
		w.spec.Limits = Limits{Rate: rate, Burst: burst, Workers: workers, Grace: time.Second}
		r := w.pass(w.Context())
		w.want("deleted", r.Deleted, int64(200))
		w.want("some were retried", r.Retries > 0, true)
		if busiest := w.sim.Truth().BusiestSecond; busiest > rate+burst+workers {
			t.Errorf("busiest second had %d requests, want at most %d + %d and %d on their way", busiest, rate, burst, workers)
		}
		took := r.FinishedAt.Sub(r.StartedAt).Seconds()
		if over := float64(r.Requests-burst) / took; over > 1.05*rate {
			t.Errorf("%.1f requests a second over the whole pass, want at most %d", over, rate)
		}
	})
}

// TestBudgetFinishesWhatItBegan: busy answers use up no place of the budget, and an ID
// that was begun is finished before the pass ends.
func TestBudgetFinishesWhatItBegan(t *testing.T) {
	over(t, sim.Options{Faults: []sim.Fault{fault(t, "busy-400:1:2")}}, 100, func(w *world) {
		w.spec.Limits.Workers, w.spec.Limits.Deletes = 4, 10
		r := w.pass(w.Context())
		w.want("stopped by", r.StoppedBy, "max_deletes")
		w.want("deleted", r.Deleted, int64(10))
		w.want("effects", w.sim.Truth().Effects, int64(10))
		asked := 0
		for truth := range w.sim.EachTask() {
			if truth.Requests > 0 {
				asked++
			}
		}
		w.want("IDs asked for", asked, 10)
	})
}

// TestNoLookAfterAStop: once the time box is over, no look is sent.
func TestNoLookAfterAStop(t *testing.T) {
	// Every deletion shows much later, so that there is always something to look for.
	over(t, sim.Options{Deletion: sim.Deletion{Success: sim.SuccessJob, Effect: sim.Latency{Min: time.Minute, Max: time.Minute}}}, 30, func(w *world) {
		w.spec.MaxDuration = 700 * time.Millisecond
		r := w.pass(w.Context())
		looks, deletes := w.sim.Truth().Looks, w.sim.Truth().Deletes
		w.want("stopped by", r.StoppedBy, "max_duration")
		w.want("pending", r.Pending, int64(30))
		w.want("it has looked", looks > 0, true)
		time.Sleep(time.Hour)
		w.want("looks after the end", w.sim.Truth().Looks, looks)
		w.want("DELETEs after the end", w.sim.Truth().Deletes, deletes)
		if took := r.FinishedAt.Sub(r.StartedAt); took > time.Second {
			t.Errorf("it went on for %v", took)
		}
	})
}

// TestSharesStopNoRehearsal: it settles nothing by requests.
func TestSharesStopNoRehearsal(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.spec.Safety.Shares = policy.Shares{Sample: 20, Failed: 0.1, NotFound: 0.1}
		tr.input(500)
		r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
		tr.want("error", err, nil)
		tr.want("would delete", r.WouldDelete, int64(500))
		tr.want("settled", len(tr.ends), 0)
		tr.want("states", tr.counts().Loaded()-tr.counts().Pending, int64(queue.Pending))
	})
}
