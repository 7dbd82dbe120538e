package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// age makes the file look as if it was changed that long ago.
func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	then := time.Now().Add(-d)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// TestEmptiedProtectListStaysRefused: every pass, every rehearsal and the check of
// the configuration refuse a list without a rule, and not the pass alone that sees
// it emptied.
func TestEmptiedProtectListStaysRefused(t *testing.T) {
	st := newStage(t, sim.Options{})
	ids := st.ids(5)
	list := st.write("protect", ids[0]+"\n")
	st.set("safety.protect_file", list)
	_, _, _ = st.cleaner("load", st.path("tasks.txt"))
	st.write("protect", "")
	age(t, list, time.Hour)
	for _, args := range [][]string{nil, nil, {"--dry-run"}} {
		r := st.pass(exitBelt, args...)
		st.want("stopped by", r.StoppedBy, "protect_file")
		st.want("the way out is named", strings.Contains(r.Reason, "leave safety.protect_file out"), true)
	}
	code, _, stderr := st.cleaner("check")
	st.want("check", code, exitUsage)
	st.want("what it names", strings.Contains(stderr, "safety.protect_file: protect file "+list+": it has no rule"), true)
	st.want("requests", st.sim.Truth().Deletes, int64(0))

	st.set("safety.protect_file", "") // it is meant
	st.want("deleted", st.pass(exitOK).Deleted, int64(5))
}

// TestProtectedDuringTheFirstLogin: the list changes while the login is under way,
// which is long after the pass has begun and just before the first DELETE.
func TestProtectedDuringTheFirstLogin(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "login/slow=800ms")}})
	ids := st.ids(3)
	list := st.write("protect", "x1\n")
	age(t, list, time.Hour)
	st.set("safety.protect_file", list)
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		waitUntil(func() bool { return st.sim.Truth().Requests > 0 }) // the login has arrived
		next := st.write("protect.new", "x1\n"+ids[0]+"\n"+ids[2]+"\n")
		if err := os.Rename(next, list); err != nil {
			t.Error(err)
		}
		st.want("DELETEs before the change", st.sim.Truth().Deletes, int64(0))
	}()
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	<-changed
	st.want("protected", r.Protected, int64(2))
	st.want("deleted", r.Deleted, int64(1))
	st.want("effects", st.sim.Truth().Effects, int64(1))
}
