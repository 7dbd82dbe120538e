package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// TestNobodyListens: nothing ever answers, and nobody pays.
func TestNobodyListens(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("retry.deadline", "300ms")
	st.set("service.endpoint", "http://127.0.0.1:1")
	st.ids(500)
	r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
	st.want("stopped by", r.StoppedBy, "unreachable")
	st.want("says why: "+r.Reason, strings.Contains(r.Reason, "connection refused"), true)
	st.want("pending", r.Pending, int64(500))
}

// waitUntil polls until done, but not for ever: what follows then fails.
func waitUntil(done func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !done() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// TestCanaryStopsARun: the service says deleted and deletes nothing, nothing of the
// list is there, or nobody may look and that is to stop. Nothing is reported as
// deleted.
func TestCanaryStopsARun(t *testing.T) {
	for said, tt := range map[string]struct {
		name     string
		requests int64
	}{
		"still there":            {"silent-lie", 3},
		"codeartscheck:task:get": {"progress/no-permission-200", 0},
		"none of 20 tasks":       {"progress/gateway-404", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{OnlyAdded: true, Faults: []sim.Fault{fault(t, tt.name)}})
			if err := st.sim.AddIDs(slices.Values(st.ids(100))); err != nil {
				t.Fatal(err)
			}
			st.set("safety.unverified", "stop")
			st.confirm = 200 * time.Millisecond
			r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
			st.want("stopped by", r.StoppedBy, "canary")
			st.want("deleted", r.Deleted, int64(0))
			st.want("pending", r.Pending, int64(100))
			st.want("requests", st.sim.Truth().Deletes, tt.requests)
			st.want("says "+said+": "+r.Reason, strings.Contains(r.Reason, said), true)
		})
	}
}

// TestUnverifiedRun: where nobody may look the run goes on, and says everywhere that
// nothing was verified.
func TestUnverifiedRun(t *testing.T) {
	st := newStage(t, sim.Options{LooksDenied: true})
	st.ids(100)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(100))
	st.want("mode", r.Verification.Mode, "unverified")
	st.want("says what would help: "+r.Summary(), strings.Contains(r.Summary(), "grant codeartscheck:task:get"), true)
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

// TestHeldAndReleasedByCommand: a wrong list is held for every later run, until it is released
// with a reason. A pause keeps runs from sending, unless a person says otherwise.
func TestHeldAndReleasedByCommand(t *testing.T) {
	st := newStage(t, sim.Options{OnlyAdded: true})
	st.set("safety.canary", 0)
	st.set("safety.sample", 20)
	st.ids(300)
	st.want("stopped by", st.pass(exitBelt, "--ids", st.path("tasks.txt")).StoppedBy, "not_found_share")
	sent := st.sim.Truth().Deletes
	st.want("the next run", st.pass(exitBelt).StoppedBy, "held")
	st.want("sent by it", st.sim.Truth().Deletes-sent, int64(0))
	says := func(want int, words string, args ...string) {
		t.Helper()
		if code, stdout, stderr := st.cleaner(args...); code != want || !strings.Contains(stdout+stderr, words) {
			t.Errorf("%v: %d %s%s, want %q", args, code, stdout, stderr, words)
		}
	}
	says(exitOK, "held       batch tasks.txt", "status")
	says(exitUsage, "say why with --reason", "release", "--all")
	says(exitUsage, "the batch is empty", "release", "--reason", "r", "")
	says(exitUsage, "nothing to release", "release", "--reason", "r")
	says(exitOK, "what is held stays held", "release")
	says(exitOK, "released: batch tasks.txt", "release", "--all", "--reason", "looked at it")
	says(exitOK, "(a freeze)", "pause", "--reason", "a freeze", "--for", "8h")
	st.want("a paused run", st.pass(exitLimit).StoppedBy, "paused")
	st.want("it is judged anew", st.pass(exitBelt, "--ignore-pause").StoppedBy, "not_found_share")
	says(exitOK, "resumed: paused by ", "resume")
}
