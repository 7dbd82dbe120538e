package api

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// lines are the connections to one host: no more than there are seats, each with
// one request at a time, and used again, the last one first. Seats only grow: a
// request that was let go must not wait here, behind whoever let it. The pool of
// http.Transport would do, but it makes two contexts and sets three timers for each
// request, and does not tell whether a request has left.
//
// A line is given up when net/http does not have it available: when the answer was
// not read to its end, but also when a starved machine took longer than 50 ms to
// note that the request was written.
type lines struct {
	dial     func(context.Context) (*line, error)
	limits   limits
	readOnly bool

	mu      sync.Mutex    // guards what follows
	seats   int           // how many lines may be in use
	kept    int           // how many are kept for use again
	inUse   int           // how many are in use
	vacant  chan struct{} // closed when a seat may be free; nil when nobody waits for one
	idle    []*line
	closing bool // nothing was asked for since close
}

// roundTrip sends req over a line that it returns, also with an error unless
// there was none; then the error is an *unsentError. The line has to be given
// back when the answer has been read.
//
// A line may have been closed by the other side while it was idle. When nothing
// was written of the request, it takes another.
func (ls *lines) roundTrip(ctx context.Context, req *http.Request, began time.Time) (*line, *http.Response, error) {
	if err := ls.sit(ctx); err != nil {
		return nil, nil, err
	}
	for {
		l, err := ls.take(ctx, began)
		if err != nil {
			ls.leave(nil)
			return nil, nil, err
		}
		resp, err := l.rt.RoundTrip(req)
		if err == nil {
			l.answered()
			return l, resp, nil
		}
		if !l.used || l.left() || ctx.Err() != nil {
			return l, nil, err
		}
		l.hangUp()
	}
}

// sit waits for a seat.
func (ls *lines) sit(ctx context.Context) error {
	for {
		vacant := ls.seat()
		if vacant == nil {
			return nil
		}
		select {
		case <-vacant:
		case <-ctx.Done():
			return &unsentError{FaultStopped, context.Cause(ctx)}
		}
	}
}

// seat takes a seat and returns nil, or what to wait for when there is none.
func (ls *lines) seat() <-chan struct{} {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closing = false
	if ls.inUse < ls.seats {
		ls.inUse++
		return nil
	}
	if ls.vacant == nil {
		ls.vacant = make(chan struct{})
	}
	return ls.vacant
}

// take takes an idle line, or makes a new one.
func (ls *lines) take(ctx context.Context, began time.Time) (*line, error) {
	for {
		l := ls.pop()
		if l == nil {
			break
		}
		if l.heed(ctx) {
			if l.begin(began, began); l.Available() > 0 {
				return l, nil
			}
		}
		l.hangUp()
	}
	timed, cancel := context.WithDeadline(ctx, began.Add(ls.limits.whole))
	defer cancel()
	l, err := ls.dial(timed)
	if err != nil {
		return nil, err
	}
	l.limits, l.rt = ls.limits, l.link
	if ls.readOnly {
		l.rt = readOnly{l.link}
	}
	l.heed(ctx)
	l.begin(began, time.Now())
	return l, nil
}

func (ls *lines) pop() *line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	n := len(ls.idle) - 1
	if n < 0 {
		return nil
	}
	l := ls.idle[n]
	ls.idle = ls.idle[:n]
	return l
}

// giveBack takes back a line whose answer was read, or never came, and reports
// whether its time was up. The line is used again if it can be: net/http has it
// available only if the answer was read to its end.
func (ls *lines) giveBack(l *line) (late bool) {
	late = l.end()
	if l.Available() == 0 {
		l.hangUp()
		l = nil
	}
	ls.leave(l)
	return late
}

// leave gives up a seat. The line becomes idle, unless it is nil, or more are in use
// than are kept, or all are to be closed.
func (ls *lines) leave(l *line) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l != nil && (ls.closing || ls.inUse > ls.kept) {
		l.hangUp()
	} else if l != nil {
		ls.idle = append(ls.idle, l)
	}
	ls.inUse--
	ls.wake()
}

// wake lets those who wait for a seat look again. The caller holds the lock.
func (ls *lines) wake() {
	if ls.vacant != nil {
		close(ls.vacant)
		ls.vacant = nil
	}
}

// resize changes how many lines are kept, and makes as many seats if there are
// fewer. What is idle is closed, and so is what is in use too much, when it no
// longer is.
func (ls *lines) resize(n int) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.kept, ls.seats = n, max(ls.seats, n)
	ls.hangUpIdle()
	ls.wake()
}

// close ends the lines that no request is using, and those that are in use now
// when they no longer are.
func (ls *lines) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.hangUpIdle()
	ls.closing = true
}

// hangUpIdle ends the lines that no request is using. The caller holds the lock.
func (ls *lines) hangUpIdle() {
	for _, l := range ls.idle {
		l.hangUp()
	}
	ls.idle = nil
}
