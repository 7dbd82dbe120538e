package pass

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cleaner/internal/metrics"
	"cleaner/internal/queue"
	"cleaner/internal/trace"
	"cleaner/internal/worker"
)

// TestRehearsal: it says what would be deleted, asks nobody, and leaves the ledger as
// it was.
func TestRehearsal(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.deps.Dial = func() (Service, error) { return nil, errors.New("a rehearsal has dialled") }
		tr.deps.Metrics, tr.deps.Span = metrics.New("", ""), (*trace.Pass)(nil)
		tr.spec.Safety.ProtectFile = tr.write("protect", id(0)+"\n")
		tr.spec.Safety.Canaries, tr.spec.Safety.StopUnverified = 3, true
		tr.spec.Limits.Rate, tr.spec.Limits.Burst = 1.0/60, 1 // nothing is sent, so nothing is waited for
		tr.input(50)
		began := time.Now()
		r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
		tr.want("error", err, nil)
		tr.want("took", time.Since(began), time.Duration(0))
		tr.want("would delete", r.WouldDelete, int64(49))
		tr.want("protected", r.Protected, int64(1))
		tr.want("pending", r.Pending, int64(49))
		tr.want("well", r.Well && r.DryRun, true)
		tr.want("summary", strings.HasPrefix(r.Summary(), "dry run: 49 of 50 task IDs would be deleted, 1 protected; nothing was sent"), true)
		tr.want("lines", len(tr.lines("results.jsonl")), 50)
		tr.want("measured", tr.measured(`cleaner_run_active 1`) || tr.measured(`cleaner_run_last_start_timestamp_seconds`), false)
		tr.want("requests", tr.far.requests(), 0)
		tr.want("in the ledger", tr.counts().Loaded(), int64(0))
	})
}

// TestRehearsalTellsItsStop: it goes on where a pass stops, and says so; one that
// could not go to its end is not well.
func TestRehearsalTellsItsStop(t *testing.T) {
	for _, tt := range []struct {
		name string
		by   worker.StopKind
		well bool
		set  func(tr *trial)
	}{
		{"nothing", worker.StopNone, true, func(*trial) {}},
		{"over the cap", worker.StopCap, true, func(tr *trial) { tr.spec.Safety.Cap = 9 }},
		{"the budget", worker.StopMaxDeletes, true, func(tr *trial) { tr.spec.Limits.Deletes = 7 }},
		{"the budget and the cap", worker.StopCap, true, func(tr *trial) { tr.spec.Limits.Deletes, tr.spec.Safety.Cap = 7, 5 }},
		{"an unreadable list", worker.StopGuard, false, func(tr *trial) { tr.spec.Safety.ProtectFile = tr.path("none") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			try(t, &far{}, func(tr *trial) {
				tt.set(tr)
				tr.input(10)
				r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
				tr.want("error", err, nil)
				tr.want("stopped by", r.StoppedBy, string(tt.by))
				tr.want("well", r.Well, tt.well)
				tr.want("logged", tr.logged("stopped early"), tt.by != worker.StopNone)
			})
		})
	}
}

// TestRehearsalThatFailedFoundNothing: it has no numbers, for they would be false.
func TestRehearsalThatFailedFoundNothing(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		tr.write("results.jsonl", "no line of results\n")
		r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
		tr.want("it fails", err != nil, true)
		tr.want("known", r.Known, false)
		tr.want("well", r.Well, false)
	})
}

// TestRehearsalHeedsNoWait: it sends nothing, so a wait that a service has asked for
// does not keep it.
func TestRehearsalAfterAWait(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.open(func(q queue.Ledger) {
			tr.want("wait", keepWaitFor(tr, q, time.Hour), nil)
		})
		tr.input(10)
		r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
		tr.want("error", err, nil)
		tr.want("would delete", r.WouldDelete, int64(10))
		tr.want("a pass is held back", tr.pass(tr.Context()).StoppedBy, "throttle")
	})
}
