package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// shutdownGrace is how long requests under way may take to end at a stop.
const shutdownGrace = time.Second

// Serve serves s on ln until ctx ends, and then returns nil. It closes ln in
// every case. Requests that wait when ctx ends are dropped, not answered. An
// address that other machines can reach is refused: the control paths ask for
// no credential.
func (s *Sim) Serve(ctx context.Context, ln net.Listener) error {
	if err := loopback(ln.Addr().String()); err != nil {
		return errors.Join(err, ln.Close())
	}
	// The requests' contexts descend from ctx, so that whatever waits, waits no
	// longer than the service lives.
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.count.connections.Add(1)
			}
		},
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve simulated service on %s: %w", ln.Addr(), errors.Join(err, srv.Close()))
	case <-ctx.Done():
	}
	// Shutdown waits for requests under way, and ctx has already ended.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if srv.Shutdown(grace) != nil {
		_ = srv.Close()
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve simulated service on %s: %w", ln.Addr(), err)
	}
	return nil
}

// Listen listens on addr, a loopback address such as "127.0.0.1:0".
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	if err := loopback(addr); err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; name another address, or port 0 for any that is free", err)
	}
	return ln, nil
}

// Start serves s on addr, a loopback address such as "127.0.0.1:0", until stop
// is called. The url has no slash at its end. Stop returns when nothing of the
// server is left; it may be called more than once.
func (s *Sim) Start(addr string) (url string, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ln, err := Listen(ctx, addr)
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("start simulated service: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ctx, ln) // an error is for want of a listener, and ends it as stop does
	}()
	return "http://" + ln.Addr().String(), func() { cancel(); <-done }, nil
}

// loopback refuses an address that other machines can reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("serve simulated service: %w; name one such as 127.0.0.1:8080", err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("serve simulated service on %s: not a loopback address; use 127.0.0.1", addr)
	}
	return nil
}
