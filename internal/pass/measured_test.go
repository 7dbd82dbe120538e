package pass

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
)

// The tests of this file hold faults that were measured with the real binary, each with
// the right value.

// TestTwoOddIDsOfTwoThousand: one ID is answered as if the login had failed and one
// 401 without a code. They are dead letters of the first run, and nobody else pays.
func TestTwoOddIDsOfTwoThousand(t *testing.T) {
	over(t, sim.Options{}, 2000, func(w *world) {
		ids := hexes(0, 2000)
		w.oddly(code("CC.00050007"), ids[700])
		w.oddly(says(http.StatusUnauthorized, ""), ids[1300])
		r := w.pass(w.Context())
		w.want("deleted", r.Deleted, int64(1998))
		w.want("dead", r.Dead, int64(2))
		truth := w.sim.Truth()
		if logins := truth.Logins + truth.FailedLogins; logins > 2 {
			t.Errorf("%d logins, want at most two", logins)
		}
		w.allDeleted(append(append(ids[:700:700], ids[701:1300]...), ids[1301:]...))
		w.want("code of one", w.ends[ids[700]].Code, "CC.00050007")
		w.want("status of the other", w.ends[ids[1300]].Status, http.StatusUnauthorized)
	})
}

// forbiddenAnswers are how an ID may be answered that this user may not touch.
func forbiddenAnswers() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"CC.00050010": code("CC.00050010"),
		"CC.00050013": code("CC.00050013"),
		"403":         says(http.StatusForbidden, `{"error_code":"APIGW.0302","error_msg":"not allowed"}`),
		"html":        says(http.StatusOK, "<html><body>log in</body></html>"),
		"302":         says(http.StatusFound, "<html>302</html>"),
	}
}

// TestEveryTenthIsForbidden: all good ones are deleted in the first run, and the others
// are dead letters with the code of their answer.
func TestEveryTenthIsForbidden(t *testing.T) {
	for name, answer := range forbiddenAnswers() {
		t.Run(name, func(t *testing.T) {
			over(t, sim.Options{}, 200, func(w *world) {
				var good []string
				for i, id := range hexes(0, 200) {
					if i%10 == 9 {
						w.oddly(answer, id)
					} else {
						good = append(good, id)
					}
				}
				r := w.pass(w.Context())
				w.allDeleted(good)
				w.want("deleted", r.Deleted, int64(180))
				w.want("dead", r.Dead, int64(20))
				w.want("pending", r.Pending, int64(0))
				w.want("logins", w.sim.Truth().Logins, int64(1))
			})
		})
	}
}

// TestForbiddenHead: the first 100 of 300 are forbidden. Both belts are at their
// defaults but for the failed share, which is below a third.
func TestForbiddenHead(t *testing.T) {
	for name, answer := range forbiddenAnswers() {
		t.Run(name, func(t *testing.T) {
			over(t, sim.Options{Latency: sim.Latency{Min: 5 * time.Millisecond}}, 300, func(w *world) {
				w.spec.Safety.Shares = policy.Shares{Sample: 100, Failed: 0.5, NotFound: 0.5}
				ids := hexes(0, 300)
				w.oddly(answer, ids[:100]...)
				r := w.pass(w.Context())
				w.allDeleted(ids[100:])
				w.want("deleted", r.Deleted, int64(200))
				w.want("dead", r.Dead, int64(100))
			})
		})
	}
}

// TestForbiddenOfYesterday: one run of 40 forbidden IDs, then eight runs of 50 fresh good
// ones each: each deletes its 50.
func TestForbiddenOfYesterday(t *testing.T) {
	for name, answer := range forbiddenAnswers() {
		t.Run(name, func(t *testing.T) {
			over(t, sim.Options{}, 440, func(w *world) {
				ids := hexes(0, 440)
				w.oddly(answer, ids[:40]...)
				w.give(ids[:40])
				w.pass(w.Context())
				for i := range 8 {
					fresh := ids[40+50*i:][:50]
					w.give(fresh)
					r := w.pass(w.Context())
					w.allDeleted(fresh)
					if t.Failed() {
						t.Fatalf("run %d: %s", i, r.Summary())
					}
				}
			})
		})
	}
}

// TestEmptySuccess: after the canaries a middlebox answers a third of the DELETEs itself,
// with an empty success. Nothing is reported as deleted that was not.
func TestEmptySuccess(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNoContent} {
		for _, share := range []float64{1.0 / 3, 1} {
			t.Run(fmt.Sprint(status, " ", share), func(t *testing.T) {
				over(t, sim.Options{Middlebox: sim.Middlebox{Share: share, AfterEffects: 17, Status: status}}, 200, func(w *world) {
					w.spec.Retry.Deadline = time.Second
					if _, err := w.run(w.Context()); err != nil {
						t.Error(err)
					}
					deleted := 0
					for id, o := range w.ends {
						if o.State != queue.Deleted && o.State != queue.Gone {
							continue
						}
						deleted++
						if w.sim.Exists(id) {
							t.Fatalf("%s is reported as %v and is there", id, o.State)
						}
					}
					w.want("reported as deleted or gone", int64(deleted), w.sim.Truth().Effects)
				})
			})
		}
	}
}

// TestEverythingFailsLate: 3,000 good ones, and then every DELETE is refused. The run
// stops within a window and a sample, not when a fifth of the whole pass has failed.
func TestEverythingFailsLate(t *testing.T) {
	over(t, sim.Options{}, 3600, func(w *world) {
		w.spec.Limits.Workers = 4
		w.spec.Safety.Shares = policy.Shares{Sample: 50, Failed: 0.2, NotFound: 0.5}
		behind, refuses := w.sim.Handler(), code("CC.00050000")
		w.everything(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && w.sim.Truth().Effects >= 3000 {
				refuses(rw, r)
				return
			}
			behind.ServeHTTP(rw, r)
		})
		r := w.pass(w.Context())
		w.want("stopped by", r.StoppedBy, "failed_share")
		if r.Dead > 2*50+3*4+20 {
			t.Errorf("%d dead letters before the stop, want a window, a sample and those under way", r.Dead)
		}
	})
}

// TestRunningTasksAreProtected where the service deletes running tasks without complaint.
func TestRunningTasksAreProtected(t *testing.T) {
	for _, row := range []struct {
		choice policy.Running
		fault  string // of looks, on the way
		kept   bool
	}{
		{"allow", "", false},
		{"skip", "", true},
		{"look-defer", "", true},
		{"stop", "", false},
		{"skip", "progress/503:1:1", true},
		{"look-defer", "progress/busy-400:1:1", true},
		{"skip", "hang=1ms:1:1", true},
	} {
		t.Run(string(row.choice)+" "+row.fault, func(t *testing.T) {
			o := sim.Options{Deletion: sim.Deletion{Running: true}}
			if row.fault != "" {
				o.Faults = []sim.Fault{fault(t, row.fault)}
			}
			over(t, o, 0, func(w *world) {
				w.spec.Retry.Running, w.spec.Retry.Deadline = row.choice, time.Second
				ids := hexes(0, 60)
				for i, id := range ids {
					w.want("add", w.sim.AddTasks(sim.Task{ID: id, Running: i%3 == 0}), nil)
				}
				w.give(ids)
				r := w.pass(w.Context())
				for i, id := range ids {
					if kept := i%3 == 0 && row.kept; w.sim.Exists(id) != kept {
						t.Errorf("%s is there: %v, want %v", id, !kept, kept)
					}
				}
				w.want("dead", r.Dead, int64(0))
				w.want("some are left", r.Pending > 0, row.kept)
				w.want("stops", w.sim.Truth().Stops > 0, row.choice == "stop")
			})
		})
	}
}
