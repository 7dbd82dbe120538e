package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A caller that gave up before there was a connection knows that nothing was
// sent: the fault must say neither that something may have been, nor that the
// network was at fault.
func TestStoppedBeforeSending(t *testing.T) {
	busy, hold := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		close(busy)
		<-hold
		_, _ = io.WriteString(w, "null")
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers = 1 })
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.DeleteTask(t.Context(), "a") })
	<-busy
	defer wg.Wait()
	defer close(hold)

	ended, end := context.WithCancel(t.Context())
	end()
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for name, ctx := range map[string]context.Context{"already": ended, "while waiting": short} {
		_, err := c.DeleteTask(ctx, taskID)
		if fault(t, err) != FaultStopped || !errors.Is(err, ctx.Err()) {
			t.Errorf("stopped %s: got %v, want %s", name, err, FaultStopped)
		}
	}
}

// The request's own time limit is no stop: a connection that takes too long
// stays one.
func TestTimeLimitWhileConnecting(t *testing.T) {
	c := newTestClient(t, "https://"+listen(t, waitForEnd), func(o *Options) { o.RequestTimeout = 50 * time.Millisecond })
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultConnect {
		t.Errorf("got %v, want %s", err, FaultConnect)
	}
}

// A stop during the handshake is not the certificate's fault, though the
// transport returns whatever the caller gave as its cause.
func TestStoppedInHandshake(t *testing.T) {
	grace := errors.New("request was still under way 5s after the stop")
	for name, cause := range map[string]error{"plain": nil, "with a cause": grace} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			c := newTestClient(t, "https://"+listen(t, func(c net.Conn) {
				readSome(c) // the handshake has begun
				stop(cause)
				waitForEnd(c)
			}), nil)
			if _, err := c.DeleteTask(ctx, taskID); fault(t, err) != FaultStopped {
				t.Errorf("got %v, want %s", err, FaultStopped)
			}
		})
	}
}

// A stop between the exchange's own look and the transport's is seen before
// anything was written. Only a connection that notes what is written is trusted.
func TestStoppedBeforeWriting(t *testing.T) {
	for noted, want := range map[bool]Fault{true: FaultStopped, false: FaultCanceled} {
		ctx, stop := context.WithCancel(t.Context())
		foreign := guests(roundTripper(func(*http.Request) (*http.Response, error) {
			stop()
			return nil, context.Canceled
		}))
		w, err := newWire(nil, network{connections: 1}, &url.URL{Scheme: "https", Host: "check.example"}, http.ProxyFromEnvironment)
		if err != nil {
			t.Fatal(err)
		}
		w.lines.limits.whole = time.Minute
		w.lines.dial = func(ctx context.Context) (*line, error) {
			l, err := foreign(ctx)
			if noted {
				l.sent = new(atomic.Bool)
			}
			return l, err
		}
		if _, got, _ := w.exchange(ctx, newRequest(t)); got != want {
			t.Errorf("noted %v: got %s, want %s", noted, got, want)
		}
	}
}

// A request that cannot be written is refused by the transport, and was certainly
// not sent, however often it is tried.
func TestUnwritableRequest(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	c := newTestClient(t, s.URL, func(o *Options) { o.Language = "en\nus" })
	for range 2 {
		if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultConnect {
			t.Errorf("got %v, want %s", err, FaultConnect)
		}
	}
}

// A caller that has stopped already starts no login.
func TestStoppedStartsNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := newFakeIAM(time.Hour, 0)
		p := fakePassword(t, iam)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, err := p.Authorize(ctx, newRequest(t))
		synctest.Wait()
		if fault(t, err) != FaultStopped || iam.asked.Load() != 0 {
			t.Errorf("got %v after %d logins", err, iam.asked.Load())
		}
	})
}

// A stop ends the wait for a login, and is no login that failed: the login goes
// on for others.
func TestStoppedWaitingForLogin(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-proceed
		writeToken(w, "token-1", time.Hour)
	})
	p := newPassword(t, url, nil)
	c := newTestClient(t, "https://check.example", func(o *Options) { o.Credentials = p })
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { <-arrived; stop() })
	if err := c.Ready(ctx); fault(t, err) != FaultStopped || !errors.Is(err, context.Canceled) {
		t.Errorf("while waiting: %v", err)
	}
	wg.Wait()
	if err := p.Renew(ctx, 0); fault(t, err) != FaultStopped {
		t.Errorf("renew: %v", err)
	}
	close(proceed)
	if token, _, err := authorize(t, p); token != "token-1" || err != nil || p.Logins() != 1 {
		t.Errorf("afterwards: %q, %v, %d logins", token, err, p.Logins())
	}
}
