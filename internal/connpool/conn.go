package connpool

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// link is what a connection sends over: one of net/http's, or what a test has in
// its place.
type link interface {
	http.RoundTripper
	// Available returns 0 when the link takes no more requests.
	Available() int
	Close() error
}

// conn is one connection. It ends with the context of the request that it carries,
// and when its watchdog says so, so that no request needs a context or a timer of
// its own.
type conn struct {
	link
	rt     http.RoundTripper // the link, or what Options.Wrap puts before it
	sent   *atomic.Bool      // something was written since begin; nil when nobody can say
	used   bool              // it has carried a request before
	remote string            // the address of its other end; "" when nobody can say
	made   time.Time         // when it was made

	done   <-chan struct{} // of the context that the connection ends with
	unhook func() bool     // undoes that
	watch  watchdog
}

// bind lets the connection end with ctx from now on. It returns false when it has
// ended already with the context before. Requests mostly share one end: then there
// is nothing to do.
func (c *conn) bind(ctx context.Context) bool {
	if ctx.Done() == c.done {
		return true
	}
	if c.unhook != nil && !c.unhook() {
		return false
	}
	c.done = ctx.Done()
	c.unhook = context.AfterFunc(ctx, func() { _ = c.Close() })
	return true
}

// begin starts the time limits for a request that is sent now, in an exchange that
// began at began.
func (c *conn) begin(began, now time.Time) {
	if c.sent != nil {
		c.sent.Store(false)
	}
	c.watch.begin(began, now)
}

// mayHaveSent reports whether something of the request may have left.
func (c *conn) mayHaveSent() bool { return c.sent == nil || c.sent.Load() }

// end notes that the exchange is over, and reports whether its time was up.
func (c *conn) end() (late bool) {
	c.used = true
	return c.watch.end()
}

// hangUp closes the connection and leaves nothing behind.
func (c *conn) hangUp() {
	if c.unhook != nil {
		c.unhook()
	}
	c.watch.stop()
	_ = c.Close()
}

// limits are the time limits of an exchange: for the header of the answer, and
// for all.
type limits struct{ header, whole time.Duration }

// watchdog closes a link when an exchange over it takes too long, or when it is idle
// for too long. The timer mostly fires too early, when other exchanges have come in
// between, and is set anew: that is cheaper than setting it for each.
type watchdog struct {
	limits
	link link

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	fires time.Time // when the timer fires
	began time.Time // when the exchange began that is under way, or was the last
	until time.Time // when the link is closed, unless something happens before
	busy  bool      // an exchange is under way
	late  bool      // its time was up
}

// begin watches over an exchange that began at began and sends its request now.
func (w *watchdog) begin(began, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began, w.busy, w.late = began, true, false
	left := min(w.header, w.whole-now.Sub(began))
	w.until = now.Add(left)
	if w.timer == nil {
		w.timer, w.fires = time.AfterFunc(left, w.fire), w.until
	} else if w.until.Before(w.fires) {
		w.set(left)
	}
}

// set sets the timer. The caller holds the lock.
func (w *watchdog) set(left time.Duration) {
	w.timer.Reset(left)
	w.fires = w.until
}

// headerArrived notes that the header of the answer is there.
func (w *watchdog) headerArrived() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = w.began.Add(w.whole)
}

// end notes that the exchange is over, and reports whether its time was up.
func (w *watchdog) end() (late bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	w.until = w.began.Add(idleTimeout)
	return w.late
}

// fire closes the link if its time is up by now.
func (w *watchdog) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if left := time.Until(w.until); left > 0 {
		w.set(left)
		return
	}
	w.late = w.busy
	_ = w.link.Close()
}

// stop stops the timer.
func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}
