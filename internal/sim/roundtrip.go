package sim

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// RoundTripper is the whole service within the process: requests to whatever host
// are answered by their path, CodeArts Check and IAM alike, without a connection.
// All waiting is done by timers and contexts, so that it works in a bubble of
// testing/synctest, where no socket does; a Sim for a bubble is made within it. A
// reset is an error that wraps syscall.ECONNRESET, and an answer that is cut has a
// body that ends with io.ErrUnexpectedEOF. Truth.Connections stays 0.
func (s *Sim) RoundTripper() http.RoundTripper { return inProcess{s.Handler()} }

// inProcess answers requests by a handler.
type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper. When the client leaves, the handler
// learns of it as from a connection that breaks, and RoundTrip does not wait for it.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in, cancel, err := incoming(r)
	if err != nil {
		return nil, err
	}
	w, done := &recorder{header: http.Header{}}, make(chan error, 1)
	go func() {
		defer cancel()
		done <- w.serve(p.handler, in)
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
		return w.response(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// incoming is r as the service receives it. Its body is read whole, and closed, as
// the contract of http.RoundTripper demands.
func incoming(r *http.Request) (in *http.Request, cancel context.CancelFunc, err error) {
	var body []byte
	if r.Body != nil {
		body, err = io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, nil, fmt.Errorf("send request body: %w", err)
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, nil, err
	}
	target := r.URL.RequestURI()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, nil, fmt.Errorf("send request: %w", err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	in = r.Clone(ctx)
	in.URL, in.RequestURI, in.Host = u, target, cmp.Or(r.Host, r.URL.Host)
	in.Body, in.RemoteAddr = io.NopCloser(bytes.NewReader(body)), "in process"
	return in, cancel, nil
}

// breaker is a ResponseWriter without a connection that can break off all the same.
type breaker interface {
	// breakOff ends the exchange after last, the beginning of an answer as it goes
	// over the wire; an empty one ends it without an answer.
	breakOff(last string)
}

// recorder keeps what a handler answers. It belongs to the handler until that has
// ended.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	broken bool
	last   string // what came over the wire before the break
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter; only the first status counts.
func (w *recorder) WriteHeader(status int) { w.status = cmp.Or(w.status, status) }

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Flush implements http.Flusher: nothing is held back.
func (w *recorder) Flush() {}

func (w *recorder) breakOff(last string) { w.broken, w.last = true, last }

// serve has h answer in. A handler that panics as net/http allows breaks off.
func (w *recorder) serve(h http.Handler, in *http.Request) (err error) {
	defer func() {
		p := recover()
		if aborted, ok := p.(error); ok && errors.Is(aborted, http.ErrAbortHandler) {
			err = errReset()
		} else if p != nil {
			panic(p)
		}
	}()
	h.ServeHTTP(w, in)
	if w.broken && w.last == "" {
		return errReset()
	}
	return nil
}

// errReset is what a client is told when its connection is reset.
func errReset() error { return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET} }

// response is the answer as the client receives it.
func (w *recorder) response(r *http.Request) (*http.Response, error) {
	if w.broken {
		return http.ReadResponse(bufio.NewReader(strings.NewReader(w.last)), r)
	}
	status := cmp.Or(w.status, http.StatusOK)
	header := w.header.Clone()
	for name, values := range header {
		if len(values) == 0 {
			delete(header, name) // as net/http leaves them out
		}
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}
