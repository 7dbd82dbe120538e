package pass

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cleaner/internal/connpool"
	"cleaner/internal/policy"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// everyFault is all that can go wrong with one ID without being a matter of the
// whole run: each for one in forty IDs.
var everyFault = []string{
	"busy-400:0.025:2", "busy-401:0.025:2", "busy-200:0.025:2", "basic-info-200:0.025:1", "detail-200:0.025:1",
	"inner-wrapper:0.025:2", "inner-wrapper-500:0.025:1", "running-200:0.025:2", "expired-401:0.002:1", "iam-200:0.002:1",
	"parameters-200:0.025", "unknown-200:0.025", "teapot-418:0.025", "throttle-past-429:0.01:1",
	"500:0.025:1", "502:0.025:2", "503:0.01:1", "504:0.025:1",
	"500-after-effect:0.025:1", "502-after-effect:0.025:1", "504-after-effect:0.025:1",
	"accept-lie:0.025:1", "json-garbage-200:0.025", "empty-200:0.025", "empty-204:0.025", "v3-success-200:0.025",
	"v3-error-200:0.025", "sibling-200:0.025",
	"slow=20ms:0.025", "hang=5s:0.005:1", "hang-after-effect=5s:0.005:1", "reset:0.025:1", "reset-after-effect:0.025:1", "cut:0.025:1",
}

// TestEveryOutcomeAgreesWithTheTruth holds each line of the results against what
// the service knows of that ID, over all faults.
func TestEveryOutcomeAgreesWithTheTruth(t *testing.T) {
	o := sim.Options{Seed: 7}
	for _, text := range everyFault {
		o.Faults = append(o.Faults, fault(t, text))
	}
	const n, kept = 3000, 5
	over(t, o, n, func(w *world) {
		time.Sleep(30 * 365 * 24 * time.Hour) // a bubble begins in 2000, when the past that throttle-past-429 names was to come
		all := hexes(0, n)
		w.spec.Limits.Workers = 32
		w.o.Timeouts = connpool.Timeouts{Request: 4 * time.Second}
		w.spec.Retry.Deadline = time.Minute
		w.spec.Safety.Shares = policy.Shares{Sample: 100, Failed: 1, NotFound: 0.5} // a fifth of them are meant to die
		w.spec.Safety.ProtectFile = w.write("protect.txt", strings.Join(all[:kept], "\n")+"\n")

		r := w.pass(w.Context())
		w.want("stopped by", r.StoppedBy, "")
		results := w.results()
		w.want("results", int64(len(results)), r.Loaded)
		w.want("pending", r.Pending, int64(0))
		w.want("protected", r.Protected, int64(kept))
		w.want("some are dead", r.Dead > 0, true)
		for _, id := range all {
			w.agree(results[id], w.sim.TruthOf(id))
		}
		truth := w.sim.Truth()
		w.want("requests", r.Requests, truth.Deletes)
		w.want("sent again after their answer", truth.RepeatsAfterAnswer, r.Calibration)
		w.want("logins", r.Logins, truth.Logins)
		w.want("throttled", r.Throttled >= truth.Throttled, true)
	})
}

// results reads the results file. An ID that stands there twice is an error.
func (w *world) results() map[string]report.Result {
	w.Helper()
	all := map[string]report.Result{}
	for _, line := range w.lines("results.jsonl") {
		var r report.Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			w.Fatal(err)
		}
		if _, twice := all[r.ID]; twice {
			w.Errorf("results name %s twice", r.ID)
		}
		all[r.ID] = r
	}
	return all
}

// agree fails unless what was reported of one ID is what happened to it.
func (w *world) agree(got report.Result, truth sim.TaskTruth) {
	w.Helper()
	switch got.Outcome {
	case "deleted":
		if truth.Effects != 1 {
			w.Errorf("false delete: %+v, truth %+v", got, truth)
		}
	case "gone":
		// All IDs exist, so one is gone only if a request of ours deleted it, and its
		// answer was lost or did not confirm it.
		if truth.Effects != 1 {
			w.Errorf("gone without reason: %+v, truth %+v", got, truth)
		}
	case "protected":
		if truth.Requests != 0 {
			w.Errorf("protected and sent: %+v, truth %+v", got, truth)
		}
	case "dead":
		if truth.Effects != truth.LostAnswers {
			w.Errorf("dead, but the service said deleted: %+v, truth %+v", got, truth)
		}
	default:
		w.Errorf("lost ID: %+v, truth %+v", got, truth)
	}
}
