package policy

import (
	"math/rand/v2"
	"testing"
	"time"
)

const (
	elapsedDay = 24 * time.Hour
	elapsedAge = 30 * elapsedDay
)

// nights is a ledger at which somebody looks again and again, by a clock that is off.
type nights struct {
	*testing.T
	elapsed Elapsed
	real    time.Time     // the true time
	off     time.Duration // what the clock is ahead of it
	settled []nightly
	forgot  []nightly
}

// nightly is what was settled at one look: when, and by which clock.
type nightly struct{ real, clock time.Time }

func newNights(t *testing.T) *nights {
	return &nights{T: t, real: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)}
}

// pass lets time pass, looks, forgets, and settles something.
func (n *nights) pass(after time.Duration) {
	n.real = n.real.Add(after)
	clock := n.real.Add(n.off)
	var before time.Time
	n.elapsed, before = n.elapsed.Look(clock, elapsedAge)
	kept := n.settled[:0:0]
	for _, s := range n.settled {
		if s.clock.Before(before) {
			n.forgot = append(n.forgot, s)
			if age := n.real.Sub(s.real); age < elapsedAge {
				n.Fatalf("what was settled %v ago is forgotten: the clock said %v then and says %v now, and %v is old",
					age, s.clock, clock, before)
			}
			continue
		}
		kept = append(kept, s)
	}
	n.settled = append(kept, nightly{n.real, clock})
}

func (n *nights) passes(times int, after time.Duration) {
	for range times {
		n.pass(after)
	}
}

// oldest is the true age of the oldest that is remembered.
func (n *nights) oldest() time.Duration {
	oldest := n.real
	for _, s := range n.settled {
		if s.real.Before(oldest) {
			oldest = s.real
		}
	}
	return n.real.Sub(oldest)
}

// TestElapsedForgets: by a good clock everything is forgotten, not before its time, and
// not much later; how often somebody looks does not matter.
func TestElapsedForgets(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		most  time.Duration
	}{
		{"every two hours", 2 * time.Hour, 39 * elapsedDay},
		{"every night", elapsedDay, 39 * elapsedDay},
		{"every week", 7 * elapsedDay, 49 * elapsedDay},
		{"every month, of which a quarter of the age counts", 31 * elapsedDay, 7 * 31 * elapsedDay},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNights(t)
			n.passes(int(300*elapsedDay/tt.every), tt.every)
			if got := n.oldest(); got > tt.most || got < elapsedAge {
				t.Errorf("the oldest is %v old, want at most %v", got, tt.most)
			}
			if got := len(n.elapsed.Marks); got > 45 {
				t.Errorf("%d marks are kept", got)
			}
		})
	}
}

// TestElapsedJumps: whatever one jump of the clock is, nothing is forgotten before its
// time, and later all is forgotten again.
func TestElapsedJumps(t *testing.T) {
	years := func(n int) time.Duration { return time.Duration(n) * 365 * elapsedDay }
	tests := []struct {
		name string
		jump func(n *nights)
	}{
		{"ten years ahead, for good", func(n *nights) { n.off = years(10) }},
		{"ten years ahead, and back within a night", func(n *nights) { n.off = years(10); n.pass(time.Hour); n.off = 0 }},
		{"ten years ahead, and back after a month", func(n *nights) { n.off = years(10); n.passes(30, elapsedDay); n.off = 0 }},
		{"a week ahead", func(n *nights) { n.off = 7 * elapsedDay }},
		{"to 1970, for good", func(n *nights) { n.off = -years(56) }},
		{"to 1970 and back, at every restart", func(n *nights) {
			for range 20 {
				n.off = -years(56)
				n.pass(time.Hour)
				n.off = 0
				n.pass(23 * time.Hour)
			}
		}},
		{"ahead and back, again and again", func(n *nights) {
			for range 20 {
				n.off = years(10)
				n.pass(12 * time.Hour)
				n.off = 0
				n.pass(12 * time.Hour)
			}
		}},
		{"nobody looked for half a year", func(n *nights) { n.real = n.real.Add(years(1) / 2) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNights(t)
			n.passes(60, elapsedDay)
			tt.jump(n)
			n.passes(60, elapsedDay) // pass itself looks that nothing goes too early
			before := len(n.forgot)
			n.passes(30, elapsedDay)
			if got := len(n.forgot) - before; got < 25 {
				t.Errorf("of 30 nights long after the jump %d are forgotten", got)
			}
		})
	}
}

// TestElapsedKeepsWhatIsOlderThanItself: a ledger that nobody looked at before forgets
// nothing until its age has passed under its eyes, and nor does one with a damaged past.
func TestElapsedKeepsWhatIsOlderThanItself(t *testing.T) {
	for _, e := range []Elapsed{{}, {Last: 5, Total: 1 << 40}} {
		now := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
		for day := range 50 {
			var before time.Time
			e, before = e.Look(now.Add(time.Duration(day)*elapsedDay), elapsedAge)
			if known := !before.IsZero(); known != (day >= 38) {
				t.Errorf("after %d days what is before %v may be forgotten", day, before)
			}
		}
	}
}

// TestElapsedAtRandom: one jump of any size at any time, in any rhythm, forgets nothing
// early.
func TestElapsedAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		n := newNights(t)
		at := r.IntN(200)
		for i := range 250 {
			if i == at {
				n.off = time.Duration(r.Int64N(int64(40*365*elapsedDay))) - 20*365*elapsedDay
			}
			n.pass(time.Duration(1 + r.Int64N(int64(3*elapsedDay))))
		}
	}
}
