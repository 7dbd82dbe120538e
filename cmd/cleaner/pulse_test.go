package main

import (
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/config"
)

// TestStandstillOutsideTheWork: what reads or writes for ever is noticed; what takes
// long and moves is not.
func TestStandstillOutsideTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pass{}
		s := &server{cfg: config.Default(), live: &livePass{pass: p}}
		want := func(what string, progressing bool) {
			t.Helper()
			if got := s.progressing(); got != progressing {
				t.Errorf("%s: progressing = %t", what, got)
			}
		}
		want("not begun", true)
		p.pulse.beat()
		time.Sleep(stillAtMost)
		want("one long step", true)
		time.Sleep(time.Second)
		want("a step without end", false)

		slow := func(yield func(string, error) bool) {
			for range 3 * beatEvery {
				time.Sleep(stillAtMost / beatEvery)
				if !yield("an ID", nil) {
					return
				}
			}
		}
		p.pulse.beat()
		n := 0
		for _, err := range p.pulse.along(slow) {
			if n++; err != nil || !s.progressing() {
				t.Fatalf("a long file: not progressing after %d IDs, error %v", n, err)
			}
		}
		if n != 3*beatEvery {
			t.Errorf("%d IDs came through, want %d", n, 3*beatEvery)
		}
	})
}
