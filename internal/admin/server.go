package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zapio"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Server is the admin server. It listens after Listen, and answers while Serve runs.
type Server struct {
	o      Options
	tcp    net.Listener // nil when there is none
	socket *socket      // nil when there is none
}

// Listen checks the options and opens the listeners, so that errors are found before the
// process says that it is ready. The caller then calls Serve or Close.
func Listen(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if o.Status == nil {
		return nil, errors.New("listen: Options.Status is missing")
	}
	s := &Server{o: o}
	var err error
	if o.Address != "" {
		if s.tcp, err = listenTCP(ctx, o.Address, o.WebConfigFile); err != nil {
			return nil, err
		}
	}
	if o.Socket != "" {
		if s.socket, err = listenUnix(ctx, o.Socket); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Listeners = o.Effective()
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) []string { return nil }
	}
	if o.Alive == nil {
		o.Alive = func() []string { return nil }
	}
	if o.Token == nil {
		o.Token = func() (string, error) { return "", nil }
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	if o.Fresh == 0 {
		o.Fresh = fresh
	}
	return o
}

// Addr is the TCP address it listens at, empty when it listens at none.
func (s *Server) Addr() string {
	if s.tcp == nil {
		return ""
	}
	return s.tcp.Addr().String()
}

// Close stops listening. It is not needed after Serve.
func (s *Server) Close() error {
	var err error
	if s.tcp != nil {
		err = ignoreClosed(s.tcp.Close())
	}
	if s.socket != nil {
		err = errors.Join(err, ignoreClosed(s.socket.Close()))
	}
	return err
}

// ignoreClosed allows closing twice: the HTTP server closes its listener too.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Serve answers requests until ctx ends; then it lets requests under way finish within
// the grace and stops listening. It returns nil if it ended because of ctx.
func (s *Server) Serve(ctx context.Context) error {
	shown := &shown{status: s.o.Status, ready: s.o.Ready, fresh: s.o.Fresh}
	group, ctx := errgroup.WithContext(ctx)
	if s.tcp != nil {
		server := s.server(shown, false)
		flags := &web.FlagConfig{WebConfigFile: &s.o.WebConfigFile}
		s.run(ctx, group, server, func() error { return web.Serve(netutil.LimitListener(s.tcp, mostTCP), server, flags, s.slog()) })
	}
	if s.socket != nil {
		server := s.server(shown, true)
		s.run(ctx, group, server, func() error { return server.Serve(netutil.LimitListener(s.socket, mostSocket)) })
	}
	return errors.Join(group.Wait(), s.Close())
}

// run runs a server until it fails or ctx ends.
func (s *Server) run(ctx context.Context, group *errgroup.Group, server *http.Server, serve func() error) {
	group.Go(func() error {
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the admin server: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
		defer cancel()
		if server.Shutdown(ctx) == nil {
			return nil
		}
		return server.Close() // the grace is over
	})
}

// How many connections there may be, over TCP and over the socket: more would use up the
// process's file descriptors and memory, those for control over the socket and for the
// ledger too. Who comes when all are taken waits until one is closed; that is no later
// than the timeouts of the server, below, for clients that say nothing.
const (
	mostTCP    = 100
	mostSocket = 20
)

// server is the HTTP server of one listener. Its timeouts keep slow clients from holding
// connections; profiles set longer ones for themselves.
func (s *Server) server(shown *shown, trusted bool) *http.Server {
	faults, _ := zap.NewStdLogAt(s.o.Log, zapcore.WarnLevel) // fails for no level that exists
	return &http.Server{
		Handler:           newEndpoint(s.o, shown, trusted).handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          faults,
	}
}

// slog returns the logger in the form that the web package needs.
func (s *Server) slog() *slog.Logger {
	w := &zapio.Writer{Log: s.o.Log, Level: zapcore.WarnLevel}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
