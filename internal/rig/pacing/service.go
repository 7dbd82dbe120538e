package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"cleaner/internal/sim"
)

// request is a request to the service as a server's log has it.
type request struct {
	at      time.Time // when it was answered
	took    time.Duration
	deletes bool
	status  int
}

// refused reports whether it met a limit; the services here have no other reason for
// these answers.
func (r request) refused() bool {
	return r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable
}

// service is a simulated service over HTTP, with a log of its requests.
type service struct {
	*sim.Sim
	began   time.Time
	address string
	server  *http.Server
	handler http.Handler
	mu      sync.Mutex // guards what follows
	log     []request
}

// serve starts the service of a scene. It keeps the limits of that only when it is told to.
func serve(ctx context.Context, h realScene) (*service, error) {
	o := sim.Options{Latency: sim.Latency{Min: h.service[0], Max: h.service[1]}}
	if h.program == "" {
		o.Throttle = sim.Throttle{Limits: h.limits, Script: h.script, Hold: h.tarpit}
		if h.says == "bare" {
			o.Throttle.Shapes = []sim.ThrottleShape{sim.ShapeBare}
		}
	}
	simulated, err := sim.New(o)
	if err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{Sim: simulated, began: time.Now(), address: l.Addr().String(), handler: simulated.Handler()}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = s.server.Serve(l) }() // until stop
	return s, nil
}

func (s *service) stop() { _ = s.server.Close() }

// ServeHTTP answers a request and logs it, if it is the scene's and to what is limited.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(rivalHeader) != "" || !strings.HasPrefix(r.URL.Path, "/v2/") {
		s.handler.ServeHTTP(w, r)
		return
	}
	began, noted := time.Now(), &noting{ResponseWriter: w, status: http.StatusOK}
	s.handler.ServeHTTP(noted, r)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, request{now, now.Sub(began), r.Method == http.MethodDelete, noted.status})
}

// requests are those that were answered since a moment.
func (s *service) requests(since time.Time) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.log), func(r request) bool { return r.at.Before(since) })
}

// noting notes the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (w *noting) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the service reach the connection.
func (w *noting) Unwrap() http.ResponseWriter { return w.ResponseWriter }
