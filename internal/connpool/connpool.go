// Package connpool sends HTTP requests to one host over a bounded number of
// connections, each request within a time limit, and says why one brought no answer:
// the name service, the network, TLS, a proxy, or the caller who gave up. It never
// sends a request twice.
package connpool

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// connPool keeps the connections to one host: at most max are in use, each with one
// request at a time, and the last one used is used again first. The bound only
// grows: a request that was permitted must not wait here for another permit. The
// pool of http.Transport would do, but it makes two contexts and sets three timers for
// each request, and does not tell whether a request has left.
//
// A connection is given up when net/http does not have it available: when the answer
// was not read to its end, but also when a starved machine took longer than 50 ms to
// note that the request was written.
type connPool struct {
	dial   func(context.Context) (*conn, error)
	wrap   func(http.RoundTripper) http.RoundTripper // nil wraps nothing
	limits limits

	mu      sync.Mutex    // guards what follows
	max     int           // how many may be in use
	keep    int           // how many are kept for use again
	inUse   int           // how many are in use
	freed   chan struct{} // closed when one may be free; nil when nobody waits
	idle    []*conn
	closing bool // nothing was asked for since close
}

// roundTrip sends req over a connection that it returns, also with an error unless
// there was none; then the error is an *UnsentError. The connection must be put back
// when the answer has been read.
//
// The other side may have closed a connection while it was idle. When nothing of the
// request was written, it takes another.
func (p *connPool) roundTrip(ctx context.Context, req *http.Request, began time.Time) (*conn, *http.Response, error) {
	if err := p.acquire(ctx); err != nil {
		return nil, nil, err
	}
	for {
		c, err := p.take(ctx, began)
		if err != nil {
			p.release(nil)
			return nil, nil, err
		}
		resp, err := c.rt.RoundTrip(req)
		if err == nil {
			c.watch.headerArrived()
			return c, resp, nil
		}
		_, refused := errors.AsType[*UnsentError](err) // by Options.Wrap
		if refused || !c.used || c.mayHaveSent() || ctx.Err() != nil {
			return c, nil, err
		}
		c.hangUp()
	}
}

// acquire waits until another connection may be used, and counts it as in use.
func (p *connPool) acquire(ctx context.Context) error {
	for {
		freed := p.tryAcquire()
		if freed == nil {
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return stopped(ctx)
		}
	}
}

// tryAcquire counts one more connection as in use and returns nil, or returns what to
// wait for when all are in use.
func (p *connPool) tryAcquire() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing = false
	if p.inUse < p.max {
		p.inUse++
		return nil
	}
	if p.freed == nil {
		p.freed = make(chan struct{})
	}
	return p.freed
}

// take takes an idle connection, or makes a new one.
func (p *connPool) take(ctx context.Context, began time.Time) (*conn, error) {
	for {
		c := p.pop()
		if c == nil {
			break
		}
		if began.Sub(c.made) < maxAge && c.bind(ctx) {
			if c.begin(began, began); c.Available() > 0 {
				return c, nil
			}
		}
		c.hangUp()
	}
	timed, cancel := context.WithDeadline(ctx, began.Add(p.limits.whole))
	defer cancel()
	c, err := p.dial(timed)
	if err != nil {
		return nil, err
	}
	c.watch.limits, c.watch.link, c.rt, c.made = p.limits, c.link, c.link, began
	if p.wrap != nil {
		c.rt = p.wrap(c.link)
	}
	c.bind(ctx)
	c.begin(began, time.Now())
	return c, nil
}

// pop removes and returns the idle connection that was used last; nil when there is
// none.
func (p *connPool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	c := p.idle[n]
	p.idle = p.idle[:n]
	return c
}

// put takes back a connection whose answer was read, or never came, and reports
// whether its time was up. The connection is used again if it can be: net/http has it
// available only if the answer was read to its end.
func (p *connPool) put(c *conn) (late bool) {
	late = c.end()
	if c.Available() == 0 {
		c.hangUp()
		c = nil
	}
	p.release(c)
	return late
}

// release counts one connection less as in use. It becomes idle, unless it is nil, or
// more are in use than are kept, or all are to be closed.
func (p *connPool) release(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c != nil && (p.closing || p.inUse > p.keep) {
		c.hangUp()
	} else if c != nil {
		p.idle = append(p.idle, c)
	}
	p.inUse--
	p.wake()
}

// wake lets those who wait for a connection look again. The caller holds the lock.
func (p *connPool) wake() {
	if p.freed != nil {
		close(p.freed)
		p.freed = nil
	}
}

// resize changes how many connections are kept, and lets as many be in use if fewer
// were. Idle ones are closed, and those in use that are too many when they are put
// back.
func (p *connPool) resize(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep, p.max = n, max(p.max, n)
	p.hangUpIdle()
	p.wake()
}

// close closes the idle connections, and those in use now when they are put back.
func (p *connPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangUpIdle()
	p.closing = true
}

// drop closes the idle connections to an address: one to it has failed, and so the
// others would fail too. The empty address is none.
func (p *connPool) drop(address string) {
	if address == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		if c.remote == address {
			c.hangUp()
		}
		return c.remote == address
	})
}

// hangUpIdle closes the idle connections. The caller holds the lock.
func (p *connPool) hangUpIdle() {
	for _, c := range p.idle {
		c.hangUp()
	}
	p.idle = nil
}
