package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// A caller that gave up before there was a connection knows that nothing was
// sent: the fault must say neither that something may have been, nor that the
// network was at fault.
func TestStoppedBeforeSending(t *testing.T) {
	busy, hold := make(chan struct{}), make(chan struct{})
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
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
		_, err := c.DeleteTask(ctx, peertest.TaskID)
		if peertest.Fault(t, err) != answer.FaultStopped || !errors.Is(err, ctx.Err()) {
			t.Errorf("stopped %s: got %v, want %s", name, err, answer.FaultStopped)
		}
	}
}

// The request's own time limit is no stop: a connection that takes too long
// stays one.
func TestTimeLimitWhileConnecting(t *testing.T) {
	c := newTestClient(t, "https://"+peertest.Listen(t, peertest.WaitForEnd), func(o *Options) { o.Timeouts.Request = 50 * time.Millisecond })
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultConnect {
		t.Errorf("got %v, want %s", err, answer.FaultConnect)
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
			c := newTestClient(t, "https://"+peertest.Listen(t, func(c net.Conn) {
				peertest.ReadSome(c) // the handshake has begun
				stop(cause)
				peertest.WaitForEnd(c)
			}), nil)
			if _, err := c.DeleteTask(ctx, peertest.TaskID); peertest.Fault(t, err) != answer.FaultStopped {
				t.Errorf("got %v, want %s", err, answer.FaultStopped)
			}
		})
	}
}

// A request that cannot be written is refused by the transport, and was certainly
// not sent, however often it is tried.
func TestUnwritableRequest(t *testing.T) {
	s := peertest.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	c := newTestClient(t, s.URL, func(o *Options) { o.Language = "en\nus" })
	for range 2 {
		if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultConnect {
			t.Errorf("got %v, want %s", err, answer.FaultConnect)
		}
	}
}
