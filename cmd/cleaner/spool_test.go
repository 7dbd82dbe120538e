package main

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"cleaner/internal/pass"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// there wants a file to be there, or not.
func (st *stage) there(name string, want bool) {
	st.Helper()
	_, err := os.Stat(st.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		st.Error(err)
	}
	st.want(name+" is there", err == nil, want)
}

// begin has the serve begin a pass.
func (s *serving) begin() {
	s.Helper()
	s.until("the pass is asked for", func() bool { // serve may answer a moment before its schedules run
		code, _, _ := s.cleaner("trigger")
		return code == exitOK
	})
}

// trigger has the serve make one more pass, and waits for its end.
func (s *serving) trigger() {
	s.Helper()
	before := len(s.status().Passes)
	s.begin()
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == before+1 })
}

// TestUnreadableInput: what the system cannot read is a fault of the machine, and
// what the operator named wrongly is one of usage.
func TestUnreadableInput(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(1)
	for path, want := range map[string]int{
		"/proc/self/mem":            exitInternal, // it opens, and reading its beginning is an I/O error
		st.path("none.txt"):         exitUsage,
		st.path("tasks.txt/in.txt"): exitUsage,
		st.dir:                      exitUsage,
	} {
		code, _, stderr := st.cleaner("load", path)
		st.want("exit code of load "+path+": "+stderr, code, want)
	}
}

// TestWithoutAnInputHidesNothingWorse: a belt, wrong credentials and every error
// keep their own exit code; what the next pass mends does not.
func TestWithoutAnInputHidesNothingWorse(t *testing.T) {
	tests := []struct {
		kind          worker.StopKind
		dead, pending int64
		want          int
	}{
		{worker.StopNone, 0, 0, exitUsage},
		{worker.StopNone, 1, 0, exitUsage},
		{worker.StopLater, 0, 1, exitUsage},
		{worker.StopCap, 0, 1, exitUsage},
		{worker.StopSignal, 0, 1, exitUsage},
		{worker.StopCanary, 0, 1, exitBelt},
		{worker.StopCredentials, 0, 1, exitCredentials},
	}
	for _, tt := range tests {
		r := pass.Report{Without: []string{"a"}}
		r.StoppedBy, r.Dead, r.Pending = string(tt.kind), tt.dead, tt.pending
		if got := codeOfReport(&r, nil); got != tt.want {
			t.Errorf("%q with %d dead: exit code %d, want %d", tt.kind, tt.dead, got, tt.want)
		}
	}
}
