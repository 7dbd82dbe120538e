package api

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// onNew counts new connections.
func onNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

// Each fault is shown by a server that causes it.
func TestFaults(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\n"
	for _, row := range []struct {
		name   string
		handle func(net.Conn)
		want   answer.Fault
		known  answer.Answer
	}{
		{"no answer in time", peertest.WaitForEnd, answer.FaultTimeout, answer.Answer{Credential: 7}},
		{"closed without an answer", peertest.ReadRequest, answer.FaultReset, answer.Answer{Credential: 7}},
		{"reset without an answer", func(c net.Conn) { peertest.ReadRequest(c); peertest.Reset(c) }, answer.FaultReset, answer.Answer{Credential: 7}},
		{"closed in the header", peertest.Answering("HTTP/1.1 200 OK\r\nX-Req"), answer.FaultReset, answer.Answer{Credential: 7}},
		{"no HTTP", peertest.Answering("SSH-2.0 hello\r\n"), answer.FaultReset, answer.Answer{Credential: 7}},
		{"header without end", func(c net.Conn) {
			peertest.ReadRequest(c)
			_, _ = io.WriteString(c, ok+"X-A: "+strings.Repeat("a", 512<<10))
		}, answer.FaultReset, answer.Answer{Credential: 7}},
		{"closed in the body", peertest.Answering(ok + "Content-Length: 10\r\n\r\nnull"), answer.FaultCut, answer.Answer{RequestID: "r1", Credential: 7}},
		{"closed before the body", peertest.Answering(ok + "Content-Length: 4\r\n\r\n"), answer.FaultCut, answer.Answer{RequestID: "r1", Credential: 7}},
		{"closed between chunks", peertest.Answering(ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n"), answer.FaultCut, answer.Answer{RequestID: "r1", Credential: 7}},
		{"no length and no body", peertest.Answering(ok + "\r\n"), answer.FaultCut, answer.Answer{RequestID: "r1", Credential: 7}},
		{"no more body in time", func(c net.Conn) {
			peertest.Answering(ok + "Content-Length: 10\r\n\r\nnull")(c)
			peertest.WaitForEnd(c)
		}, answer.FaultTimeout, answer.Answer{RequestID: "r1", Credential: 7}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, "http://"+peertest.Listen(t, row.handle), func(o *Options) {
				if row.want == answer.FaultTimeout {
					o.Timeouts.Request = 300 * time.Millisecond
				}
			})
			got, err := c.DeleteTask(t.Context(), peertest.TaskID)
			if peertest.Fault(t, err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if e, _ := errors.AsType[*answer.Error](err); !equal(got, row.known) || !equal(e.Answer, row.known) {
				t.Errorf("known %+v and %+v, want %+v", got, e.Answer, row.known)
			}
			if strings.Contains(err.Error(), peertest.Token) {
				t.Errorf("error shows the token: %v", err)
			}
		})
	}
}

// equal compares answers without codes.
func equal(a, b answer.Answer) bool {
	return a.Status == b.Status && a.Body == b.Body && a.RequestID == b.RequestID && a.Credential == b.Credential
}

// An answer without a length is whole when it says something.
func TestAnswerEndedByClose(t *testing.T) {
	c := newTestClient(t, "http://"+peertest.Listen(t, peertest.Answering("HTTP/1.0 200 OK\r\n\r\nnull")), nil)
	if got, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil || got.Body != answer.BodyNull {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Another protocol is no body, and does not hold up its reader.
func TestSwitchingProtocols(t *testing.T) {
	c := newTestClient(t, "http://"+peertest.Listen(t, func(c net.Conn) {
		peertest.Answering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")(c)
		peertest.WaitForEnd(c)
	}), nil)
	if got, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil || got.Status != 101 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A server that repeats what it was sent does not get it into an error.
func TestEchoIsScrubbed(t *testing.T) {
	c := newTestClient(t, "http://"+peertest.Listen(t, peertest.Answering(peertest.Token+"\r\n\r\n")), nil)
	_, err := c.DeleteTask(t.Context(), peertest.TaskID)
	if peertest.Fault(t, err) != answer.FaultReset || strings.Contains(err.Error(), peertest.Token) {
		t.Errorf("got %v", err)
	}
}

// The server closes a connection between two requests. The second request was
// perhaps sent into it, and it is not for this package to send it again.
func TestFaultResetOnReusedConnection(t *testing.T) {
	c := newTestClient(t, "http://"+peertest.Listen(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		_, _ = http.ReadRequest(r)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull")
		_, _ = http.ReadRequest(r)
	}), nil)
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultReset {
		t.Errorf("got %v, want %s", err, answer.FaultReset)
	}
}

func TestFaultHeaderTimeout(t *testing.T) {
	c := newTestClient(t, "http://"+peertest.Listen(t, peertest.WaitForEnd), func(o *Options) { o.Timeouts.Header = 50 * time.Millisecond })
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultTimeout {
		t.Errorf("got %v, want %s", err, answer.FaultTimeout)
	}
}

// The caller's end is told from the time limit, in the header and in the body.
func TestFaultCanceled(t *testing.T) {
	for name, text := range map[string]string{
		"before the header": "",
		"in the body":       "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nnull",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := newTestClient(t, "http://"+peertest.Listen(t, func(c net.Conn) {
				peertest.Answering(text)(c)
				cancel()
				peertest.WaitForEnd(c)
			}), nil)
			_, err := c.DeleteTask(ctx, peertest.TaskID)
			if peertest.Fault(t, err) != answer.FaultCanceled || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %s", err, answer.FaultCanceled)
			}
		})
	}
}

func TestFaultConnect(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c := newTestClient(t, "http://"+l.Addr().String(), nil)
	_, err = c.DeleteTask(t.Context(), peertest.TaskID)
	if peertest.Fault(t, err) != answer.FaultConnect || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want %s", err, answer.FaultConnect)
	}
}

// A handshake is refused by what is said in it; one that breaks off or hangs is
// a connection that was not made.
func TestFaultTLS(t *testing.T) {
	for _, row := range []struct {
		name   string
		handle func(net.Conn)
		want   answer.Fault
	}{
		{"not TLS", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); peertest.WaitForEnd(c) }, answer.FaultTLS},
		{"alert", func(c net.Conn) {
			peertest.ReadSome(c)
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal: handshake_failure
			peertest.WaitForEnd(c)
		}, answer.FaultTLS},
		{"closed", peertest.ReadSome, answer.FaultConnect},
		{"reset", func(c net.Conn) { peertest.ReadSome(c); peertest.Reset(c) }, answer.FaultConnect},
		{"silent", peertest.WaitForEnd, answer.FaultConnect},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, "https://"+peertest.Listen(t, row.handle), func(o *Options) { o.Timeouts.Connect = 200 * time.Millisecond })
			if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func TestFaultOldTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	s.Config.ErrorLog = peertest.Quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, nil)
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultTLS {
		t.Errorf("got %v, want %s", err, answer.FaultTLS)
	}
}

// A transport that tells nothing about its connections is not trusted to have
// sent nothing.
func TestFaultOfUntracedTransport(t *testing.T) {
	c := newTestClient(t, "https://check.example", func(o *Options) {
		o.Transport = peertest.RoundTripper(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	})
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultReset {
		t.Errorf("got %v, want %s", err, answer.FaultReset)
	}
}

// A server that resets one connection gets the others closed that lead to it and
// are idle: they would break as well.
func TestResetDropsIdleConnections(t *testing.T) {
	const workers = 4
	var open atomic.Int64
	var together sync.WaitGroup
	together.Add(workers)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tasksPath+"broken" {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			peertest.Reset(conn)
			_ = conn.Close()
			return
		}
		together.Done()
		together.Wait() // each on a connection of its own
		_, _ = io.WriteString(w, "null")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, nil)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			if _, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := open.Load(); n != workers {
		t.Fatalf("%d connections, want %d", n, workers)
	}
	if _, err := c.DeleteTask(t.Context(), "broken"); peertest.Fault(t, err) != answer.FaultReset {
		t.Errorf("got %v, want %s", err, answer.FaultReset)
	}
	for deadline := time.Now().Add(10 * time.Second); open.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections stay open", open.Load())
		}
	}
}
