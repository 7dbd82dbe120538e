package main

import (
	"testing"
	"time"

	"cleaner/internal/sim"
)

func TestPoolIsBounded(t *testing.T) {
	st := newStage(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	st.set("limits.workers", 8)
	st.set("safety.canary", 0) // or few are sent at a time for long
	st.ids(80)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	truth := st.sim.Truth()
	st.want("most requests at once", truth.MaxConcurrent, int64(8))
	if truth.Connections > 9 {
		t.Errorf("%d connections, want at most workers + 1", truth.Connections)
	}
}
