package connpool

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// fakeLink is a link that answers as it is told.
type fakeLink struct {
	answer func(*http.Request) (*http.Response, error)
	closed atomic.Bool
}

func (l *fakeLink) RoundTrip(r *http.Request) (*http.Response, error) { return l.answer(r) }
func (l *fakeLink) Close() error                                      { l.closed.Store(true); return nil }

func (l *fakeLink) Available() int {
	if l.closed.Load() {
		return 0
	}
	return 1
}

// fakePool returns a pool of one connection at a time, which are made of links, in
// turn.
func fakePool(links ...*fakeLink) *Pool {
	conns := &connPool{limits: limits{20 * time.Second, time.Minute}, max: 1, keep: 1}
	conns.dial = func(context.Context) (*conn, error) {
		c := &conn{link: links[0], sent: new(atomic.Bool)}
		links = links[1:]
		return c, nil
	}
	return &Pool{conns: conns, maxBody: 64 << 10}
}

// newRequest makes a request.
func newRequest(t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://check.example/v2/tasks/"+peertest.TaskID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func null(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, ContentLength: 4, Body: io.NopCloser(strings.NewReader("null"))}, nil
}

// failing answers well, once, and fails the next request.
func failing() func(*http.Request) (*http.Response, error) {
	n := 0
	return func(r *http.Request) (*http.Response, error) {
		if n++; n == 1 {
			return null(r)
		}
		return nil, errors.New("it is broken")
	}
}

// A connection that was idle may be closed when it is used again: as long as
// nothing was written, another takes its place. What was written is not sent again.
func TestBrokenWhileIdle(t *testing.T) {
	for written, want := range map[bool]answer.Fault{false: answer.FaultNone, true: answer.FaultReset} {
		var c *conn
		broken := &fakeLink{}
		reply := failing()
		broken.answer = func(r *http.Request) (*http.Response, error) {
			c.sent.Store(written)
			return reply(r)
		}
		p := fakePool(broken, &fakeLink{answer: null})
		dial := p.conns.dial
		p.conns.dial = func(ctx context.Context) (_ *conn, err error) {
			c, err = dial(ctx)
			return c, err
		}
		if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != answer.FaultNone {
			t.Fatal(err)
		}
		if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != want || !broken.closed.Load() && !written {
			t.Errorf("written %v: got %s, %v, want %s", written, got, err, want)
		}
		p.CloseIdleConnections()
	}
}

// A connection ends at the first limit that is reached: the one for the header, that for
// the whole exchange, or that for being idle, also when its timer was set for
// another.
func TestTimeLimits(t *testing.T) {
	const idle, header, body = "idle", "header", "body"
	for phase, want := range map[string]time.Duration{header: 20 * time.Second, body: time.Minute, idle: idleTimeout} {
		synctest.Test(t, func(t *testing.T) {
			link := &fakeLink{answer: null}
			p := fakePool(link)
			c, err := p.conns.take(t.Context(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if phase != header {
				c.watch.headerArrived()
			}
			if phase == idle {
				p.conns.inUse++
				p.conns.put(c)
			}
			time.Sleep(want - time.Nanosecond)
			synctest.Wait()
			if link.closed.Load() {
				t.Errorf("%s: closed before %v", phase, want)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if late := c.end(); !link.closed.Load() || late != (phase != idle) {
				t.Errorf("%s: after %v closed %v, late %v", phase, want, link.closed.Load(), late)
			}
			c.hangUp()
		})
	}
}

// A connection ends with the caller that uses it, and with none that used it before.
func TestConnectionEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := &fakeLink{answer: null}
		p := fakePool(link)
		first, endFirst := context.WithCancel(t.Context())
		second, endSecond := context.WithCancel(t.Context())
		for _, ctx := range []context.Context{first, second} {
			if _, got, err := p.Exchange(ctx, newRequest(t)); got != answer.FaultNone {
				t.Fatal(err)
			}
		}
		endFirst()
		synctest.Wait()
		if link.closed.Load() {
			t.Error("closed with a caller that had gone")
		}
		endSecond()
		synctest.Wait()
		if !link.closed.Load() {
			t.Error("still open when its caller has ended")
		}
		p.CloseIdleConnections()
	})
}

// What is in use when the pool is closed is closed afterwards, and not kept.
func TestCloseWhileInUse(t *testing.T) {
	link := &fakeLink{}
	p := fakePool(link, &fakeLink{answer: null})
	link.answer = func(r *http.Request) (*http.Response, error) {
		p.CloseIdleConnections()
		return null(r)
	}
	if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != answer.FaultNone || !link.closed.Load() {
		t.Errorf("%s, %v, closed %v", got, err, link.closed.Load())
	}
	if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != answer.FaultNone || len(p.conns.idle) != 1 {
		t.Errorf("afterwards: %s, %v, %d kept", got, err, len(p.conns.idle))
	}
	p.CloseIdleConnections()
}

// A busy connection is not used for ever: the next one looks its host's name up
// anew.
func TestOldConnectionsAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fakeLink{answer: null}, &fakeLink{answer: null}
		p := fakePool(first, second)
		const pause = 20 * time.Second // less than idleTimeout
		for used := time.Duration(0); used < maxAge; used += pause {
			if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != answer.FaultNone || first.closed.Load() {
				t.Fatalf("after %v: %s, %v, closed %v", used, got, err, first.closed.Load())
			}
			time.Sleep(pause)
		}
		if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != answer.FaultNone || !first.closed.Load() || second.closed.Load() {
			t.Errorf("after %v: %s, %v, closed %v and %v", maxAge, got, err, first.closed.Load(), second.closed.Load())
		}
		p.CloseIdleConnections()
	})
}

// What fails at an address ends the idle connections that lead there, and no others.
func TestIdleConnectionsToABrokenAddress(t *testing.T) {
	broken := func(*http.Request) (*http.Response, error) { return nil, errors.New("it is broken") }
	for _, row := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		want   answer.Fault
		closed bool
	}{
		{"reset", broken, answer.FaultReset, true},
		{"well", null, answer.FaultNone, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			here, there, last := &fakeLink{answer: null}, &fakeLink{answer: null}, &fakeLink{answer: row.answer}
			p := fakePool(here, there, last)
			remotes := []string{"192.0.2.1:443", "192.0.2.2:443", "192.0.2.1:443"}
			p.conns.max, p.conns.keep = 3, 3
			dial := p.conns.dial
			p.conns.dial = func(ctx context.Context) (*conn, error) {
				c, err := dial(ctx)
				c.remote, remotes = remotes[0], remotes[1:]
				c.sent = nil // nobody can say
				return c, err
			}
			var taken []*conn
			for range 3 {
				c, err := p.conns.take(t.Context(), time.Now())
				if err != nil {
					t.Fatal(err)
				}
				p.conns.inUse++
				taken = append(taken, c)
			}
			for _, c := range taken {
				p.conns.put(c)
			}
			_, got, err := p.Exchange(t.Context(), newRequest(t)) // over the last one
			if got != row.want || here.closed.Load() != row.closed || there.closed.Load() {
				t.Errorf("%s, %v, closed %v and %v", got, err, here.closed.Load(), there.closed.Load())
			}
			p.CloseIdleConnections()
		})
	}
}

// newPool returns a pool of one connection to https://check.example, with the other
// options of o.
func newPool(t testing.TB, o Options) *Pool {
	t.Helper()
	o.Endpoint, o.Size, o.MaxBody = &url.URL{Scheme: "https", Host: "check.example"}, 1, 64<<10
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.CloseIdleConnections)
	return p
}

// All time limits are on when nothing is said.
func TestTimeLimitsByDefault(t *testing.T) {
	for _, row := range []struct{ request, header, wantRequest, wantHeader time.Duration }{
		{0, 0, 30 * time.Second, 20 * time.Second},
		{5 * time.Second, 0, 5 * time.Second, 5 * time.Second},
		{time.Hour, 0, time.Hour, 20 * time.Second},
		{time.Hour, time.Minute, time.Hour, time.Minute},
	} {
		p := newPool(t, Options{Timeouts: Timeouts{Request: row.request, Header: row.header}})
		if got, want := p.conns.limits, (limits{row.wantHeader, row.wantRequest}); got != want {
			t.Errorf("%v: %v, want %v", row, got, want)
		}
	}
}

// What Options.Wrap refuses is not sent, and not tried over another connection, and
// the one it was for is used again.
func TestWrapRefuses(t *testing.T) {
	link := &fakeLink{answer: null}
	p := fakePool(link)
	refuse := false
	p.conns.wrap = func(rt http.RoundTripper) http.RoundTripper {
		return peertest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			if refuse {
				return nil, &UnsentError{answer.FaultInvalid, errors.New("no")}
			}
			return rt.RoundTrip(r)
		})
	}
	for _, refuse = range []bool{false, true, false} {
		want := answer.FaultNone
		if refuse {
			want = answer.FaultInvalid
		}
		if _, got, err := p.Exchange(t.Context(), newRequest(t)); got != want || (err != nil) != refuse || link.closed.Load() {
			t.Errorf("refuse %v: %s, %v, closed %v", refuse, got, err, link.closed.Load())
		}
	}
	p.CloseIdleConnections()
}

// A stop between the exchange's own look and the transport's is seen before
// anything was written. Only a connection that notes what is written is trusted.
func TestStoppedBeforeWriting(t *testing.T) {
	for noted, want := range map[bool]answer.Fault{true: answer.FaultStopped, false: answer.FaultCanceled} {
		ctx, stop := context.WithCancel(t.Context())
		foreign := singleUse(peertest.RoundTripper(func(*http.Request) (*http.Response, error) {
			stop()
			return nil, context.Canceled
		}))
		p := newPool(t, Options{Timeouts: Timeouts{Request: time.Minute}})
		p.conns.dial = func(ctx context.Context) (*conn, error) {
			c, err := foreign(ctx)
			if noted {
				c.sent = new(atomic.Bool)
			}
			return c, err
		}
		if _, got, _ := p.Exchange(ctx, newRequest(t)); got != want {
			t.Errorf("noted %v: got %s, want %s", noted, got, want)
		}
	}
}
