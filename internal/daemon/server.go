package daemon

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
	"golang.org/x/sync/errgroup"
)

// Server is the admin server. It listens from Listen on, and answers while Serve
// is at work.
type Server struct {
	o      Options
	tcp    net.Listener // nil when there is none
	socket *socket      // nil when there is none
}

// Listen checks the options and opens what they name, so that a fault shows
// before the process says it is ready. Call Serve or Close then.
func Listen(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if o.Status == nil {
		return nil, errors.New("listen: no status to show is given")
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
	if o.Address == "" && o.Socket == "" {
		o.Address = DefaultAddress
	}
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

// ignoreClosed forgives closing twice: the HTTP server closes its listener too.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Serve answers until ctx ends, then lets requests under way finish within the
// grace and stops listening. It returns nil if it ended because of ctx.
func (s *Server) Serve(ctx context.Context) error {
	shown := &shown{status: s.o.Status, ready: s.o.Ready}
	group, ctx := errgroup.WithContext(ctx)
	if s.tcp != nil {
		server := s.server(shown, false)
		flags := &web.FlagConfig{WebConfigFile: &s.o.WebConfigFile}
		s.run(ctx, group, server, func() error { return web.Serve(s.tcp, server, flags, s.slog()) })
	}
	if s.socket != nil {
		server := s.server(shown, true)
		s.run(ctx, group, server, func() error { return server.Serve(s.socket) })
	}
	return errors.Join(group.Wait(), s.Close())
}

// run has a server serve until it fails or ctx ends.
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

// server is the HTTP server of one way in. Its timeouts keep a client that
// dawdles from holding it; profiles make longer ones for themselves.
func (s *Server) server(shown *shown, trusted bool) *http.Server {
	faults, _ := zap.NewStdLogAt(s.o.Log, zapcore.WarnLevel) // fails for no level that exists
	return &http.Server{
		Handler:           newAdmin(s.o, shown, trusted).handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          faults,
	}
}

// slog is the logger in the form that the web package wants.
func (s *Server) slog() *slog.Logger {
	w := &zapio.Writer{Log: s.o.Log, Level: zapcore.WarnLevel}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
