// Package quota is how gateways limit calls: windows that follow one another or
// slide, buckets that leak, calls at a time, several of them at once, changed by a
// script, and used by somebody else as well. It reads no clock and holds no timer, so
// that the simulated service and tests in virtual time have the same limits.
package quota

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kind is how a limit counts.
type Kind string

// The kinds.
const (
	Fixed   Kind = "fixed"   // a window begins with the first call after the end of the one before
	Clock   Kind = "clock"   // windows begin at whole multiples of their length
	Sliding Kind = "sliding" // no span of the window's length holds more
	Bucket  Kind = "bucket"  // calls leak evenly out of a bucket of Burst, as in nginx's limit_req
	AtOnce  Kind = "at-once" // so many calls at a time, as in nginx's limit_conn
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Fixed, Clock, Sliding, Bucket, AtOnce} }

// Limit is one limit.
type Limit struct {
	Kind Kind // empty is Fixed
	// N is how many calls there may be in a Window, or at once.
	N int
	// Window is the length; AtOnce has none.
	Window time.Duration
	// Burst is how many calls a Bucket takes above its rate, and Delay has it hold those
	// until their turn instead of passing them on at once.
	Burst int
	Delay bool
	// Rejected says that refused calls count as well.
	Rejected bool
}

// Rate is how many calls a second there may be in the long run; 0 for AtOnce.
func (l Limit) Rate() float64 {
	if l.Window <= 0 {
		return 0
	}
	return float64(l.N) / l.Window.Seconds()
}

// Validate reports all that is wrong with l.
func (l Limit) Validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(!slices.Contains(Kinds(), l.kind()), "kind of limit %q is unknown; use one of %v", l.Kind, Kinds())
	refuse(l.N < 1, "limit of %d calls is less than one", l.N)
	refuse(l.Kind == AtOnce && l.Window != 0, "limit of calls at once has a window of %v", l.Window)
	refuse(l.Kind != AtOnce && l.Window <= 0, "window %v of a limit is not above zero", l.Window)
	refuse(l.Kind != Bucket && (l.Burst != 0 || l.Delay), "only a bucket has a burst and a delay")
	refuse(l.Burst < 0, "burst %d is negative", l.Burst)
	return errors.Join(errs...)
}

func (l Limit) kind() Kind {
	if l.Kind == "" {
		return Fixed
	}
	return l.Kind
}

// Answer is what a limit says to a call.
type Answer struct {
	OK bool
	// Limit is the limit that refused, or else the tightest one.
	Limit Limit
	// Wait is how long a refused call would have to wait, and an admitted one is held.
	Wait time.Duration
	// Left is how many more calls the window of Limit has room for, and Reset how long
	// it is until all its room is there again.
	Left  int
	Reset time.Duration
}

// counter counts the calls of one limit. Its times are since the gate began.
type counter struct {
	Limit
	begun  time.Duration   // of a window
	used   int             // in it, or at once
	times  []time.Duration // a ring of the last N, for Sliding
	oldest int
	excess float64 // what is in the bucket
	at     time.Duration
}

func newCounter(l Limit) *counter {
	l.Kind = l.kind()
	return &counter{Limit: l, begun: -1 << 62, excess: -1}
}

// ask says whether there is room for a call that comes at now, and counts nothing.
func (c *counter) ask(now time.Duration) Answer {
	a := Answer{OK: true, Limit: c.Limit}
	switch c.Kind {
	case Sliding:
		c.askSliding(now, &a)
	case Bucket:
		excess := c.leaked(now) + 1
		if a.OK = excess <= float64(c.Burst)+1e-9; !a.OK {
			a.Wait = c.span(excess - float64(c.Burst))
		} else if c.Delay {
			a.Wait = c.span(excess)
		}
		a.Left, a.Reset = int(float64(c.Burst)+1-excess), c.span(excess)
	case AtOnce:
		a.OK, a.Left = c.used < c.N, c.N-c.used
	default:
		c.roll(now)
		a.OK, a.Left, a.Reset = c.used < c.N, c.N-c.used, c.begun+c.Window-now
		if !a.OK {
			a.Wait = a.Reset
		}
	}
	return a
}

// askSliding is ask for Sliding: the call N before this one must be a window ago.
func (c *counter) askSliding(now time.Duration, a *Answer) {
	if len(c.times) < c.N {
		a.Left, a.Reset = c.N-len(c.times), c.Window
		return
	}
	if first := c.times[c.oldest]; now-first < c.Window {
		a.OK, a.Wait, a.Reset = false, first+c.Window-now, c.Window
		return
	}
	i, _ := slices.BinarySearchFunc(c.times[c.oldest:], now-c.Window, func(t, edge time.Duration) int { return int(min(max(t-edge, -1), 1)) })
	a.Left, a.Reset = max(i, 1), c.Window
}

// span is how long n calls take to leak.
func (c *counter) span(n float64) time.Duration {
	return time.Duration(max(n, 0) / c.Rate() * float64(time.Second))
}

// leaked is what is left in the bucket at now. An empty bucket does not save up.
func (c *counter) leaked(now time.Duration) float64 {
	return max(c.excess-(now-c.at).Seconds()*c.Rate(), -1)
}

// roll begins another window when the one under way has ended.
func (c *counter) roll(now time.Duration) {
	if now-c.begun < c.Window {
		return
	}
	c.begun, c.used = now, 0
	if c.Kind == Clock {
		c.begun = now - now%c.Window
	}
}

// count counts a call that was admitted, or refused.
func (c *counter) count(now time.Duration) {
	switch c.Kind {
	case Sliding:
		if len(c.times) < c.N {
			c.times = append(c.times, now)
			return
		}
		c.times[c.oldest] = now
		c.oldest = (c.oldest + 1) % c.N
	case Bucket:
		c.excess, c.at = c.leaked(now)+1, now
	default:
		c.used++
	}
}
