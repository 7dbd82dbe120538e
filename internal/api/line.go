package api

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// link is what a line sends over: a connection of net/http's, or what a test has
// in its place.
type link interface {
	http.RoundTripper
	// Available returns 0 when the link takes no more requests.
	Available() int
	Close() error
}

// line is one connection, and what ends it: the end of its caller, and of its
// time. A request that is under way ends with its line, and no request needs a
// context or a timer of its own.
type line struct {
	link
	rt   http.RoundTripper // the link, or the guard before it
	sent *atomic.Bool      // something was written to it of late; nil when nobody can say
	used bool              // it has carried a request before

	done   <-chan struct{} // the end of the caller that the line ends with
	unhook func() bool

	limits
	mu    sync.Mutex // guards what follows
	timer *time.Timer
	armed time.Time // when the timer goes off
	began time.Time // when the exchange began that is under way, or was the last
	until time.Time // when the line ends, unless something happens before
	busy  bool
	late  bool // the time for the exchange was up
}

// limits are the time limits of an exchange: for the header of the answer, and
// for all.
type limits struct{ header, whole time.Duration }

// heed lets the line end with ctx from now on. It returns false when it has ended
// already with the caller before. Callers mostly share one end: then there is
// nothing to do.
func (l *line) heed(ctx context.Context) bool {
	if ctx.Done() == l.done {
		return true
	}
	if l.unhook != nil && !l.unhook() {
		return false
	}
	l.done = ctx.Done()
	l.unhook = context.AfterFunc(ctx, func() { _ = l.Close() })
	return true
}

// begin starts the clock for a request that is sent now, in an exchange that
// began at began.
func (l *line) begin(began, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent != nil {
		l.sent.Store(false)
	}
	l.began, l.busy, l.late = began, true, false
	left := min(l.header, l.whole-now.Sub(began))
	l.until = now.Add(left)
	if l.timer == nil {
		l.timer, l.armed = time.AfterFunc(left, l.lapse), l.until
	} else if l.until.Before(l.armed) {
		l.arm(left)
	}
}

// arm sets the timer. It mostly goes off too early, when another exchange or
// several have come in between, and is set anew: that is cheaper than setting it
// for each. The caller holds the lock.
func (l *line) arm(left time.Duration) {
	l.timer.Reset(left)
	l.armed = l.until
}

// left reports whether something of the request may have left.
func (l *line) left() bool { return l.sent == nil || l.sent.Load() }

// answered notes that the header of the answer is there.
func (l *line) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = l.began.Add(l.whole)
}

// end notes that the exchange is over, and reports whether its time was up.
func (l *line) end() (late bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used, l.busy = true, false
	l.until = l.began.Add(idleTimeout)
	return l.late
}

// lapse ends the line, if its time is up by now.
func (l *line) lapse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := time.Until(l.until); left > 0 {
		l.arm(left)
		return
	}
	l.late = l.busy
	_ = l.Close()
}

// hangUp ends the line and leaves nothing behind.
func (l *line) hangUp() {
	if l.unhook != nil {
		l.unhook()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	_ = l.Close()
}
