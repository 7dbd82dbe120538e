package queuetest

import (
	"fmt"
	"testing"
	"time"

	"cleaner/internal/queue"
)

func clockTests() []test {
	return []test{
		{"only the caller's clock counts, however far it is from the queue's", func(f *fixture) {
			for _, off := range []time.Duration{time.Hour, -time.Hour, 0} {
				f.Run(off.String(), func(t *testing.T) { ownClock(newFixture(t, f.open), now().Add(off)) })
			}
		}},
		{"what an earlier process wrote by a clock that was ahead waits no longer than it asked for", func(f *fixture) {
			for name, wait := range waits() {
				f.Run(name, func(t *testing.T) { clockAhead(newFixture(t, f.open), wait) })
			}
		}},
		{"what an earlier process wrote by a clock that was behind does not wait longer either", func(f *fixture) {
			for name, wait := range waits() {
				f.Run(name, func(t *testing.T) {
					f := newFixture(t, f.open)
					f.load("a", 1, id(1))
					wait(f, now().Add(-time.Hour), 10*time.Minute)
					f.reopen()
					f.wantIDs(f.take(5), id(1))
				})
			}
		}},
		{"a caller's clock that is set back while the queue is open keeps nothing waiting", func(f *fixture) {
			f.load("a", 1, id(1))
			start := now()
			sentAt(f, start.Add(time.Hour), 10*time.Minute)
			f.wantNextAt(start, start.Add(10*time.Minute))
			f.wantLentAt(start.Add(10*time.Minute), id(1))
		}},
		{"a long wait is not cut short", func(f *fixture) {
			f.load("a", 1, id(1))
			start := now()
			sentAt(f, start, 20*time.Hour)
			for range 2 {
				f.reopen()
				f.wantNextAt(start.Add(time.Hour), start.Add(20*time.Hour))
			}
		}},
		{"an outcome that has no time was reached when Take was called last", func(f *fixture) {
			f.load("a", 1, id(1))
			start := now().Add(-time.Hour)
			o := later(f.takeAt(start, 1)[0], time.Time{})
			o.At = time.Time{}
			f.settle(o)
			if d := f.takeAt(start, 1); len(d) != 1 || !d[0].LastAt.Equal(start) {
				f.Errorf("lent %+v, want one that was last sent at %v", d, start)
			}
		}},
	}
}

// takeAt takes up to n IDs at a time.
func (f *fixture) takeAt(at time.Time, n int) []queue.Delivery {
	f.Helper()
	ds, _, err := f.Take(f.ctx, n, at)
	if err != nil {
		f.Fatalf("Take: %v", err)
	}
	return ds
}

// wantNextAt checks that nothing is due at a time, and when something will be.
func (f *fixture) wantNextAt(at, want time.Time) {
	f.Helper()
	ds, next, err := f.Take(f.ctx, 10, at)
	if err != nil || len(ds) > 0 {
		f.Fatalf("Take = %v, %v, want nothing", ds, err)
	}
	if !next.Equal(want) {
		f.Errorf("next is in %v, want %v", next.Sub(at), want.Sub(at))
	}
}

// wantLentAt checks which IDs are due at a time, and that they were sent before.
func (f *fixture) wantLentAt(at time.Time, want ...string) {
	f.Helper()
	ds := f.takeAt(at, 10)
	f.wantIDs(ds, want...)
	for _, d := range ds {
		if d.LastAt.After(at) || d.FirstAt.After(d.LastAt) {
			f.Errorf("lent at %v: %+v, sent after that", at, d)
		}
	}
}

// ownClock lets a pass go by a clock that shows start.
func ownClock(f *fixture, start time.Time) {
	f.load("a", 2, ids(1, 2)...)
	ds := f.takeAt(start, 2)
	f.settle(at(later(ds[0], start.Add(5*time.Minute)), start))
	kept := at(unsent(ds[1]), start)
	kept.Due = start.Add(6 * time.Minute)
	f.settle(kept)
	f.wantNextAt(start.Add(5*time.Minute-time.Millisecond), start.Add(5*time.Minute))
	f.wantLentAt(start.Add(5*time.Minute), ds[0].ID)
	f.wantNextAt(start.Add(5*time.Minute), kept.Due)
	f.wantLentAt(kept.Due, ds[1].ID)
}

// at is o, reached at a time; if it was sent, it was then.
func at(o queue.Outcome, at time.Time) queue.Outcome {
	if !o.FirstAt.IsZero() && o.Delivery.FirstAt.IsZero() {
		o.FirstAt = at
	}
	o.At = at
	return o
}

// waits are the ways in which an ID comes to wait by a clock that shows start. Each
// lets the one ID of the fixture wait, if it can wait at all.
func waits() map[string]func(f *fixture, start time.Time, wait time.Duration) {
	return map[string]func(f *fixture, start time.Time, wait time.Duration){
		"sent": sentAt,
		"behind": func(f *fixture, start time.Time, wait time.Duration) {
			f.settle(at(behind(f.takeAt(start, 1)[0], start.Add(wait)), start))
		},
		"kept back": keptBackAt,
		"kept back after it was sent long ago": func(f *fixture, start time.Time, wait time.Duration) {
			sentAt(f, start.Add(-24*time.Hour), wait)
			keptBackAt(f, start, wait)
		},
	}
}

func sentAt(f *fixture, start time.Time, wait time.Duration) {
	f.settle(at(later(f.takeAt(start, 1)[0], start.Add(wait)), start))
}

func keptBackAt(f *fixture, start time.Time, wait time.Duration) {
	o := at(unsent(f.takeAt(start, 1)[0]), start)
	o.Due = start.Add(wait)
	f.settle(o)
}

// clockAhead lets an ID wait by a clock that is an hour ahead, and then one that is
// requeued by it.
func clockAhead(f *fixture, wait func(f *fixture, start time.Time, wait time.Duration)) {
	start := now()
	f.load("a", 1, id(1))
	wait(f, start.Add(time.Hour), 10*time.Minute)
	f.crash()
	f.wantNextAt(start, start.Add(10*time.Minute))
	f.reopen()
	f.wantNextAt(start.Add(time.Minute), start.Add(10*time.Minute))
	ds := f.takeAt(start.Add(10*time.Minute), 10)
	if len(ds) != 1 || ds[0].LastAt.After(start) || ds[0].FirstAt.After(ds[0].LastAt) {
		f.Fatalf("lent %s, want one that was sent before %v", fmt.Sprint(ds), start)
	}
	f.settle(at(dead(ds[0], "c", start.Add(time.Hour)), start.Add(time.Hour)))
	f.requeue(1, queue.Filter{})
	f.wantLentAt(start, id(1))
}
