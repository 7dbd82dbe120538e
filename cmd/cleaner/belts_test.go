package main

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// belts is a stage with a small sample and no other belt on.
func belts(t *testing.T, o sim.Options) *stage {
	t.Helper()
	st := newStage(t, o)
	st.set("safety.canary", 0)
	st.set("safety.sample", 20)
	st.ids(500)
	return st
}

// TestSharesStopARun: too many dead letters, or too many IDs that are not there,
// stop the run within the requests under way, and the rest stays pending.
func TestSharesStopARun(t *testing.T) {
	tests := []struct {
		name    string
		options sim.Options
		by, key string
	}{
		{"another region's list", sim.Options{Absent: 1}, "not_found_share", "safety.not_found_share"},
		{"most are refused", sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.6")}}, "failed_share", "safety.failed_share"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := belts(t, tt.options)
			r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
			st.want("stopped by", r.StoppedBy, tt.by)
			st.want("names the limit: "+r.Reason, strings.Contains(r.Reason, tt.key), true)
			if sent := st.sim.Truth().Deletes; sent < 20 || sent > 20+2*16 {
				st.Errorf("%d requests, want the sample of 20 and at most those under way", sent)
			}
			st.want("the rest is pending", r.Pending > 400, true)

			// Raised, it stops nobody.
			st.set(tt.key, 1)
			code := exitOK
			if tt.by == "failed_share" {
				code = exitDead
			}
			st.want("pending", st.pass(code, "--ids", st.path("tasks.txt")).Pending, int64(0))
		})
	}
}

// TestSharesStopNoRehearsal: a dry run settles nothing.
func TestSharesStopNoRehearsal(t *testing.T) {
	st := belts(t, sim.Options{Absent: 1})
	code, _, stderr := st.cleaner("run", "--dry-run", "--ids", st.path("tasks.txt"))
	st.want("exit code "+stderr, code, exitOK)
}

// TestUnreachableServiceStopsARun: nothing ever answers well, and nobody pays.
func TestUnreachableServiceStopsARun(t *testing.T) {
	tests := []struct {
		name  string
		stage func(st *stage)
		says  string
	}{
		{"its proxy says 502", func(st *stage) { st.want("fault", st.sim.SetFaults(fault(st.T, "502")), nil) }, "HTTP 502"},
		{"nobody listens", func(st *stage) { st.set("service.endpoint", "http://127.0.0.1:1") }, "connection refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := belts(t, sim.Options{})
			st.set("retry.deadline", "300ms")
			tt.stage(st)
			r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
			st.want("stopped by", r.StoppedBy, "unreachable")
			st.want("says the last answer: "+r.Reason, strings.Contains(r.Reason, tt.says), true)
			st.want("pending", r.Pending, int64(500))
		})
	}
}

// TestRunOutlastsAnOutage: the service goes down on the way and comes back. The
// IDs have two attempts each, and none of them dies.
func TestRunOutlastsAnOutage(t *testing.T) {
	st := belts(t, sim.Options{Latency: sim.Latency{Min: 5 * time.Millisecond}})
	st.set("retry.attempts", 2)
	down := fault(t, "502")
	go func() {
		waitUntil(func() bool { return st.sim.Truth().Effects >= 50 })
		st.want("down", st.sim.SetFaults(down), nil)
		before := st.sim.Truth().Deletes
		waitUntil(func() bool { return st.sim.Truth().Deletes >= before+40 })
		st.want("up", st.sim.SetFaults(), nil)
	}()
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(500))
	st.want("some failed", r.Retries > 0, true)
}

// waitUntil polls until done, but not for ever: what follows then fails.
func waitUntil(done func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !done() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// TestCanaryStopsARun: the service says deleted and deletes nothing, or nobody
// may look. Three requests are sent, and nothing is reported as deleted.
func TestCanaryStopsARun(t *testing.T) {
	for said, name := range map[string]string{
		"still there": "silent-lie", "codeartscheck:task:get": "progress/no-permission-200", "safety.canary": "progress/gateway-404",
	} {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, name)}})
			st.ids(100)
			r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
			st.want("stopped by", r.StoppedBy, "canary")
			st.want("deleted", r.Deleted, int64(0))
			st.want("pending", r.Pending, int64(100))
			st.want("requests", st.sim.Truth().Deletes, int64(3))
			st.want("says "+said+": "+r.Reason, strings.Contains(r.Reason, said), true)
		})
	}
}

// TestCanarySeesALateEffect: a deletion may show a little later than it is
// confirmed, and a busy service may be asked again.
func TestCanarySeesALateEffect(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "late-effect=30ms"), fault(t, "progress/busy-400:1:1")}})
	st.set("retry.initial", "20ms")
	st.ids(100)
	st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(100))
	if looks := st.sim.Truth().Looks; looks < 6 {
		t.Errorf("%d looks, want two at each of three", looks)
	}
}

// TestRunningTasksOfARun: what runs is deferred, left to the next pass or stopped
// and deleted, and no dead letter comes of it.
func TestRunningTasksOfARun(t *testing.T) {
	for choice, code := range map[string]int{"skip": exitLimit, "stop": exitOK} {
		t.Run(choice, func(t *testing.T) {
			st := newStage(t, sim.Options{Running: 0.3})
			st.set("safety.running", choice)
			st.ids(100)
			r := st.pass(code, "--ids", st.path("tasks.txt"))
			truth := st.sim.Truth()
			st.want("deleted", r.Deleted, truth.Effects)
			st.want("dead", r.Dead, int64(0))
			if choice == "skip" {
				st.want("stops", truth.Stops, int64(0))
				st.want("some are left", r.Pending > 10, true)
			} else {
				st.want("some were stopped", truth.Stops > 10, true)
				st.want("deleted", r.Deleted, int64(100))
			}
		})
	}
}

// TestBreakerIsShown: while the far side is down the log and another shell's
// status say so; afterwards status does not.
func TestBreakerIsShown(t *testing.T) {
	st := newStage(t, sim.Options{Latency: sim.Latency{Min: 5 * time.Millisecond}})
	st.set("limits.workers", 4)
	st.set("retry.initial", "100ms")
	st.set("retry.max", "200ms")
	st.ids(400)
	st.want("outage", st.sim.Outage(fault(t, "502"), 2*time.Second), nil)
	type ending struct {
		code   int
		stderr string
	}
	ended := make(chan ending)
	go func() {
		code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
		ended <- ending{code, stderr}
	}()
	shown := ""
	for poll := time.NewTicker(20 * time.Millisecond); shown == ""; <-poll.C {
		select {
		case e := <-ended:
			t.Fatalf("the pass ended before status said anything: %+v", e)
		default:
		}
		if _, stdout, _ := st.cleaner("status"); strings.Contains(stdout, "the far side is down since") {
			shown = stdout
		}
	}
	if !strings.Contains(shown, "the next at") {
		t.Errorf("status does not say when the next probe leaves:\n%s", shown)
	}
	e := <-ended
	st.want("exit code", e.code, exitOK)
	for _, said := range []string{"circuit breaker open", "circuit breaker closed"} {
		st.want(said, strings.Contains(e.stderr, said), true)
	}
	if _, stdout, _ := st.cleaner("status"); strings.Contains(stdout, "down") {
		t.Errorf("status still says so:\n%s", stdout)
	}
}
