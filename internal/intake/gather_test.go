package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Messages of many IDs are asked for in such numbers that max_pending is kept, also the
// first of them.
func TestFeedLearnsHowMuchAMessageHolds(t *testing.T) {
	running(t, func(o *Options) { o.MaxPending = 100 }, func(t *testing.T, _ *Feed, l *line, b *books) {
		l.send(manyOf("a", 30, 10)...)
		rest(time.Minute)
		if l.most != 4 || b.pending != 100 || len(l.waiting) != 20 {
			t.Errorf("asked for %d messages at most, %d pending, %d wait", l.most, b.pending, len(l.waiting))
		}
	})
}

// manyOf returns n messages, each with so many IDs of its own.
func manyOf(prefix string, n, ids int) (bodies []string) {
	for m := range n {
		var all []string
		for i := range ids {
			all = append(all, fmt.Sprintf("%s%d-%d", prefix, m, i))
		}
		bodies = append(bodies, strings.Join(all, "\n"))
	}
	return bodies
}

// What is held at a time has a bound, however large messages are and whatever was before
// them, and of what a killed process had received the next one takes little at first.
func TestFeedBoundsWhatItHolds(t *testing.T) {
	const size = 64 << 10
	large := func(n int) (bodies []string) {
		for i := range n {
			bodies = append(bodies, fmt.Sprintf("large%d%s", i, strings.Repeat("x", size-10)))
		}
		return bodies
	}
	for name, c := range map[string]struct {
		small, large int
		again        bool // they were delivered before
		most         int  // bytes
	}{
		"large ones alone":        {0, 400, false, maxBatchBytes + size},
		"large ones behind small": {3000, 700, false, maxBatchBytes + longestStride*size},
		"after a kill":            {300, 700, true, longestStride * size},
	} {
		t.Run(name, func(t *testing.T) {
			running(t, func(o *Options) { o.MaxPending = 1e6 }, func(t *testing.T, f *Feed, l *line, _ *books) {
				l.send(append(manyOf("a", c.small, 1), large(c.large)...)...)
				l.mu.Lock()
				for i := range l.waiting {
					l.waiting[i].Redelivered = c.again
				}
				l.mu.Unlock()
				rest(time.Hour)
				if l.mostHeld > c.most || len(l.acked) != c.small+c.large || f.Status().Rejected > 0 {
					t.Errorf("%d bytes were held, want at most %d; %d of %d acknowledged; %+v", l.mostHeld, c.most, len(l.acked), c.small+c.large, f.Status())
				}
			})
		})
	}
}
