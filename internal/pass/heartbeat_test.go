package pass

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestStandstillOutsideTheWork: what reads or writes for ever is noticed; what takes
// long and moves is not.
func TestStandstillOutsideTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience, step = time.Minute, 15 * time.Minute
		live := &Live{}
		want := func(what string, progressing bool) {
			t.Helper()
			if got := live.Progressing(patience, step); got != progressing {
				t.Errorf("%s: progressing = %t", what, got)
			}
		}
		want("not begun", true)
		live.heartbeat.beat()
		time.Sleep(step)
		want("one long step", true)
		time.Sleep(time.Second)
		want("a step without end", false)

		slow := func(yield func(string, error) bool) {
			for range 3 * beatEvery {
				time.Sleep(step / beatEvery)
				if !yield("an ID", nil) {
					return
				}
			}
		}
		live.heartbeat.beat()
		n := 0
		for _, err := range live.heartbeat.along(slow) {
			if n++; err != nil || !live.Progressing(patience, step) {
				t.Fatalf("a long file: not progressing after %d IDs, error %v", n, err)
			}
		}
		if n != 3*beatEvery {
			t.Errorf("%d IDs came through, want %d", n, 3*beatEvery)
		}
	})
}
