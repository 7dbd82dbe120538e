package main

import (
	"testing"
	"time"

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
	"v3-error-200:0.025", "v3-accepted-202:0.025", "sibling-200:0.025",
	"slow=20ms:0.025", "hang=5s:0.005:1", "hang-after-effect=5s:0.005:1", "reset:0.025:1", "reset-after-effect:0.025:1", "cut:0.025:1",
}

// TestEveryOutcomeAgreesWithTheTruth holds each line of the results against what
// the service knows of that ID, over all faults.
func TestEveryOutcomeAgreesWithTheTruth(t *testing.T) {
	o := sim.Options{Seed: 7}
	for _, text := range everyFault {
		o.Faults = append(o.Faults, fault(t, text))
	}
	st := newStage(t, o)
	st.set("limits.workers", 32)
	st.set("limits.request_timeout", "4s")
	st.set("safety.failed_share", 1) // a fifth of them are meant to die
	ids := st.ids(3000)
	protected := ids[:5]
	st.set("safety.protect_file", st.write("protect.txt", protected[0]+"\n"+protected[1]+"\n"+protected[2]+"\n"+protected[3]+"\n"+protected[4]+"\n"))

	r := st.pass(exitDead, "--ids", st.path("tasks.txt"))
	results := st.results()
	st.want("results", int64(len(results)), r.Loaded)
	st.want("pending", r.Pending, int64(0))
	st.want("protected", r.Protected, int64(len(protected)))
	for _, id := range ids {
		agree(st, results[id], st.sim.TruthOf(id))
	}
	truth := st.sim.Truth()
	st.want("requests", r.Requests, truth.Deletes)
	st.want("logins", r.Logins, truth.Logins)
	st.want("throttled", r.Throttled >= truth.Throttled, true)
}

// agree fails unless what was reported of one ID is what happened to it.
func agree(st *stage, got report.Result, truth sim.TaskTruth) {
	st.Helper()
	switch got.Outcome {
	case "deleted":
		if truth.Effects != 1 {
			st.Errorf("false delete: %+v, truth %+v", got, truth)
		}
	case "gone":
		// All IDs exist, so one is gone only if an earlier request's answer was
		// lost.
		if truth.Effects != 1 || truth.LostAnswers != 1 {
			st.Errorf("gone without reason: %+v, truth %+v", got, truth)
		}
	case "protected":
		if truth.Requests != 0 {
			st.Errorf("protected and sent: %+v, truth %+v", got, truth)
		}
	case "dead":
		if truth.Effects != truth.LostAnswers {
			st.Errorf("dead, but the service said deleted: %+v, truth %+v", got, truth)
		}
	default:
		st.Errorf("lost ID: %+v, truth %+v", got, truth)
	}
	if truth.RepeatsAfterAnswer != 0 {
		st.Errorf("sent again after its answer: %+v, truth %+v", got, truth)
	}
}

// TestGatewayThrottle runs into a real window of the gateway, which names it in
// its text, and still deletes everything.
func TestGatewayThrottle(t *testing.T) {
	st := newStage(t, sim.Options{Throttle: sim.Throttle{Limit: 200, Window: time.Second}})
	st.ids(500)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(500))
	if r.Throttled == 0 || r.Throttled > 60 {
		t.Errorf("throttled %d times; want a few: a throttle answer delays all workers", r.Throttled)
	}
}

// TestRateIsKept measures at the service, retries included. Permits are exact.
// What arrives in one second was granted in it, or was on its way in the hands of
// a worker: so the bounds hold on a busy machine too.
func TestRateIsKept(t *testing.T) {
	const rate, burst, workers = 100, 5, 8
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "busy-400:0.3:1")}})
	st.set("limits.rate", rate)
	st.set("limits.burst", burst)
	st.set("limits.workers", workers)
	st.ids(200)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(200))
	st.want("some were retried", r.Retries > 0, true)
	if busiest := st.sim.Truth().BusiestSecond; busiest > rate+burst+workers {
		t.Errorf("busiest second had %d requests, want at most %d + %d and %d on their way", busiest, rate, burst, workers)
	}
	took := r.FinishedAt.Sub(r.StartedAt).Seconds()
	if over := float64(r.Requests-burst) / took; over > 1.05*rate {
		t.Errorf("%.1f requests a second over the whole pass, want at most %d", over, rate)
	}
}

func TestPoolIsBounded(t *testing.T) {
	st := newStage(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	st.set("limits.workers", 8)
	st.ids(200)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	truth := st.sim.Truth()
	st.want("most requests at once", truth.MaxConcurrent, int64(8))
	if truth.Connections > 9 {
		t.Errorf("%d connections, want at most workers + 1", truth.Connections)
	}
}
