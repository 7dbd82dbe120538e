package pass

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockJumpsWithinAReport: a report ends as long after its beginning as the pass took. The
// machine's clock is a day further than the one by which the pass began, or a day behind.
func TestClockJumpsWithinAReport(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b := newBook(nil)
			b.report.StartedAt = b.report.StartedAt.Add(-jump)
			began := b.report.StartedAt
			time.Sleep(7 * time.Second)
			r := b.ended(nil)
			if took := r.FinishedAt.Sub(began); took != 7*time.Second {
				t.Errorf("after a jump by %v the pass took %v", jump, took)
			}
			again := Report{}
			again.Begin()
			time.Sleep(time.Second)
			again = again.BegunWith(r)
			again.End()
			if took := again.FinishedAt.Sub(began); took != 8*time.Second {
				t.Errorf("after a jump by %v the pass of a command took %v", jump, took)
			}
		})
	}
}
