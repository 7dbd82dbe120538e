package pass

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// release ends holds as an operator does.
func (tr *trial) release(which queue.Holds) {
	tr.Helper()
	tr.open(func(q queue.Ledger) {
		_, err := q.Release(tr.Context(), which, queue.Release{By: "ann@host", Reason: "the list was looked at"})
		tr.want("release", err, nil)
	})
}

// holds are the holds in force.
func (tr *trial) holds() (all []queue.Hold) {
	tr.Helper()
	err := tr.at.Look(tr.Context(), func(r queue.Reader) (err error) {
		all, err = knowledge.ReadHolds(tr.Context(), r)
		return err
	})
	tr.want("read the holds", err, nil)
	return all
}

// TestWrongListIsHeld: a list of which most is unknown stops at the belt, and no later pass
// sends anything of it, until an operator releases it. A right list is worked off meanwhile.
func TestWrongListIsHeld(t *testing.T) {
	over(t, sim.Options{}, 0, func(w *world) {
		wrong, right := hexes(0, 1000), hexes(2000, 2003)
		w.spec.Safety.Canaries = 0
		w.spec.Safety.Shares = policy.Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
		for i, id := range wrong {
			if i%20 < 7 {
				w.want("add", w.sim.AddTasks(sim.Task{ID: id}), nil)
			}
		}
		w.give(wrong)
		r := w.pass(w.Context())
		w.want("stopped by", r.StoppedBy, "not_found_share")
		w.want("held", r.Held, r.Pending)
		sent := w.sim.Truth().Deletes
		holds := w.holds()
		if len(holds) != 1 || holds[0].Kind != "not_found_share" || holds[0].Bad*2 <= holds[0].Sent || holds[0].Limit != 0.5 || holds[0].Pending != r.Pending {
			t.Fatalf("holds %+v, want one on the list, with its numbers", holds)
		}
		w.spec.Inputs = nil
		for range 10 {
			r = w.pass(w.Context())
			w.want("stopped by", r.StoppedBy, "held")
			w.want("requests", r.Requests, int64(0))
		}
		w.want("sent in ten passes", w.sim.Truth().Deletes-sent, int64(0))
		dry, err := Rehearse(w.Context(), w.Context(), w.deps, w.spec)
		w.want("dry run", err, nil)
		w.want("says what is held: "+dry.Summary(), strings.Contains(dry.Summary(), "held"), true)
		w.want("would delete", dry.WouldDelete, int64(0))

		for _, id := range right {
			w.want("add", w.sim.AddTasks(sim.Task{ID: id}), nil)
		}
		w.give(right)
		w.spec.Safety.Cap = 3 // what is held is not set out to be deleted
		r = w.pass(w.Context())
		w.want("deleted of the right list", r.Deleted, int64(3))
		w.want("stopped by", r.StoppedBy, "held")
		w.want("pending, and held", r.Held, r.Pending)
		w.allDeleted(right)

		w.spec.Inputs, w.spec.Safety.Cap = nil, 0
		w.release(queue.Holds{Batch: holds[0].Batch})
		r = w.pass(w.Context())
		w.want("goes on after the release", r.Deleted > 0 && r.Gone > 0, true)
		w.want("and is stopped anew", r.StoppedBy, "not_found_share")
		w.want("holds", len(w.holds()), 1)
	})
}

// TestHeldListIsWithdrawn: a wrong list is held. The right one, loaded beside it, is worked
// off, but for the one that the wrong list has brought; that is sent once the wrong list is
// withdrawn, and its hold with it.
func TestHeldListIsWithdrawn(t *testing.T) {
	wrong := func(task string, _ int) answer.Answer {
		if task < id(1000) {
			return gone
		}
		return ok
	}
	try(t, &far{answer: wrong}, func(tr *trial) {
		tr.spec.Safety.Shares = policy.Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
		tr.spec.Inputs = []Source{tr.file("wrong.txt", ids(0, 200)...)}
		first := tr.pass(tr.Context())
		tr.want("stopped by", first.StoppedBy, "not_found_share")
		tr.want("held", first.Held, first.Pending)

		both := slices.IndexFunc(ids(0, 200), func(id string) bool { _, sent := tr.ends[id]; return !sent })
		tr.spec.Inputs = []Source{tr.file("right.txt", append(ids(1000, 1003), id(both))...)}
		for _, only := range []bool{true, false} {
			time.Sleep(time.Second) // another batch has another name
			tr.spec.OnlyGiven = only
			dry := tr.rehearses()
			tr.want("stops the rehearsal", dry.StoppedBy, "held")
			r := tr.pass(tr.Context())
			tr.want("stopped by", r.StoppedBy, "held")
			tr.want("deleted", r.Deleted, dry.WouldDelete)
			if only {
				tr.want("deleted of the right list", r.Deleted, int64(3))
				tr.want("held of it", r.Held, int64(1))
				tr.want("pending in scope", r.InScope(), int64(1))
			} else {
				tr.want("held", r.Held, first.Held)
			}
		}
		time.Sleep(time.Second)
		tr.withdraws("wrong.txt", first.Pending-1)
		tr.want("holds", len(tr.holds()), 0)
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "")
		tr.want("sent of the wrong list", r.Gone, int64(1))
		l := r.Ledger
		tr.want("loaded", l.Loaded, int64(203))
		tr.want("identity", l.Loaded, l.Pending+l.Deleted+l.Gone+l.Protected+l.Withdrawn+l.Dead)
		tr.want("withdrawn", l.Withdrawn, first.Pending-1)
		tr.want("pending", l.Pending, int64(0))
	})
}

// TestHoldOutlivesAKill: a process that is killed after the belt has stopped the pass, and
// before the pass ends, leaves the hold.
func TestHoldOutlivesAKill(t *testing.T) {
	try(t, &far{answer: func(string, int) answer.Answer { return gone }}, func(tr *trial) {
		tr.spec.Safety.Shares = policy.Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
		tr.deps.Adjust = func(o *worker.Options) {
			keep := o.Hold
			o.Hold = func(s worker.Stop) error {
				err := keep(s)
				for _, name := range []string{"queue.db", "queue.db-wal"} { // what a kill here leaves
					text, rerr := os.ReadFile(tr.path(name))
					tr.want("read", rerr, nil)
					tr.want("write", os.WriteFile(tr.path("left-"+name), text, 0o600), nil)
				}
				return err
			}
		}
		tr.input(100)
		tr.pass(tr.Context())
		sent := tr.far.requests()

		at, err := ledger.Parse("sqlite:" + tr.path("left-queue.db"))
		tr.want("parse", err, nil)
		tr.at, tr.deps.Look, tr.deps.Adjust, tr.spec.Inputs = at, at.Look, nil, nil
		tr.spec.Results = ""
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "held")
		tr.want("sent", tr.far.requests()-sent, 0)
	})
}

// TestNoHoldForAnOutage: dead letters whose attempts are spent stop a pass, and hold
// nothing; dead letters that are refused do.
func TestNoHoldForAnOutage(t *testing.T) {
	for name, tt := range map[string]struct {
		answer answer.Answer
		holds  int
	}{"spent": {busy, 0}, "refused": {refused, 1}} {
		t.Run(name, func(t *testing.T) {
			try(t, &far{answer: func(id string, _ int) answer.Answer {
				if id[len(id)-1]%2 == 0 {
					return tt.answer
				}
				return ok
			}}, func(tr *trial) {
				tr.spec.Retry.Attempts = 1
				tr.spec.Safety.Shares = policy.Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
				tr.input(200)
				r := tr.pass(tr.Context())
				tr.want("stopped by", r.StoppedBy, "failed_share")
				tr.want("some are left", r.Pending > 0, true)
				tr.want("holds", len(tr.holds()), tt.holds)
			})
		})
	}
}

// TestNoHoldAtTheEnd: a belt that fires when nothing else is pending holds nothing.
func TestNoHoldAtTheEnd(t *testing.T) {
	try(t, &far{answer: func(string, int) answer.Answer { return gone }}, func(tr *trial) {
		tr.spec.Safety.Shares = policy.Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
		tr.input(10)
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "not_found_share")
		tr.want("holds", len(tr.holds()), 0)
		tr.spec.Inputs = []Source{tr.file("next.txt", ids(10, 12)...)}
		tr.want("the next list is sent", tr.pass(tr.Context()).Gone, int64(2))
	})
}

// TestCanaryHoldsTheLedger: after a deletion without effect no pass sends anything, not
// even of a new list.
func TestCanaryHoldsTheLedger(t *testing.T) {
	try(t, &far{look: func(id string) (answer.Answer, bool) { return there, strings.HasPrefix(id, "task-") }}, func(tr *trial) {
		tr.spec.Safety.Canaries = 3
		tr.input(50)
		tr.want("stopped by", tr.pass(tr.Context()).StoppedBy, "canary")
		sent := tr.far.requests()
		if holds := tr.holds(); len(holds) != 1 || holds[0].Batch != "" || holds[0].Kind != "canary" {
			t.Fatalf("holds %+v, want one on the whole ledger", holds)
		}
		tr.spec.Inputs = []Source{tr.file("next.txt", ids(50, 60)...)}
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "held")
		tr.want("held", r.Held, int64(60))
		tr.want("sent", tr.far.requests()-sent, 0)
		tr.spec.Inputs = nil
		tr.far.look = nil
		tr.release(queue.Holds{})
		tr.want("pending", tr.pass(tr.Context()).Pending, int64(0))
	})
}

// TestPausedPass: a pause in the ledger keeps every pass from sending, whatever process
// makes it, until it is over.
func TestPausedPass(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		now := time.Now()
		tr.open(func(q queue.Ledger) {
			p := knowledge.Pause{By: "ann@host", Reason: "a freeze", Since: now, Until: now.Add(time.Hour)}
			tr.want("pause", knowledge.KeepPause(tr.Context(), q, p), nil)
		})
		tr.input(20)
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "paused")
		tr.want("says who, why and until when: "+r.Reason, strings.Contains(r.Reason, "paused by ann@host since") &&
			strings.Contains(r.Reason, "until 2000-01-01T01:00:00Z (a freeze)"), true)
		tr.want("loaded", r.Loaded, int64(20))
		tr.want("sent", tr.far.requests(), 0)

		tr.spec.Inputs, tr.spec.IgnorePause, tr.spec.Limits.Deletes = nil, true, 5
		tr.want("deleted in spite of it", tr.pass(tr.Context()).Deleted, int64(5))

		tr.spec.IgnorePause, tr.spec.Limits.Deletes = false, 0
		time.Sleep(time.Hour)
		tr.want("deleted afterwards", tr.pass(tr.Context()).Deleted, int64(15))
		tr.want("log", tr.logged("the pause has ended by itself"), true)
		tr.open(func(q queue.Ledger) {
			p, err := knowledge.ReadPause(tr.Context(), q)
			tr.want("pause is forgotten", p == nil && err == nil, true)
		})
	})
}
