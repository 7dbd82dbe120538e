package api

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// quiet is the log of servers that are meant to fail.
var quiet = log.New(io.Discard, "", 0)

// onNew counts new connections.
func onNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

// listen starts a server of bare connections, which ends with the test, and
// returns its address. It handles one connection after the other and closes it.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().String()
}

// answering returns a handler that reads a request and writes a text.
func answering(text string) func(net.Conn) {
	return func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, text)
	}
}

// readRequest reads one request without a body.
func readRequest(c net.Conn) {
	_, _ = http.ReadRequest(bufio.NewReader(c))
}

// waitForEnd reads until the client ends the connection.
func waitForEnd(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// reset ends a connection the hard way.
func reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }

// Each fault is shown by a server that causes it.
func TestFaults(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\n"
	for _, row := range []struct {
		name   string
		handle func(net.Conn)
		want   Fault
		known  Answer
	}{
		{"no answer in time", waitForEnd, FaultTimeout, Answer{Credential: 7}},
		{"closed without an answer", readRequest, FaultReset, Answer{Credential: 7}},
		{"reset without an answer", func(c net.Conn) { readRequest(c); reset(c) }, FaultReset, Answer{Credential: 7}},
		{"closed in the header", answering("HTTP/1.1 200 OK\r\nX-Req"), FaultReset, Answer{Credential: 7}},
		{"no HTTP", answering("SSH-2.0 hello\r\n"), FaultReset, Answer{Credential: 7}},
		{"header without end", func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, ok+"X-A: "+strings.Repeat("a", 2*maxHeader))
		}, FaultReset, Answer{Credential: 7}},
		{"closed in the body", answering(ok + "Content-Length: 10\r\n\r\nnull"), FaultCut, Answer{RequestID: "r1", Credential: 7}},
		{"closed before the body", answering(ok + "Content-Length: 4\r\n\r\n"), FaultCut, Answer{RequestID: "r1", Credential: 7}},
		{"closed between chunks", answering(ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n"), FaultCut, Answer{RequestID: "r1", Credential: 7}},
		{"no length and no body", answering(ok + "\r\n"), FaultCut, Answer{RequestID: "r1", Credential: 7}},
		{"no more body in time", func(c net.Conn) {
			answering(ok + "Content-Length: 10\r\n\r\nnull")(c)
			waitForEnd(c)
		}, FaultTimeout, Answer{RequestID: "r1", Credential: 7}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, "http://"+listen(t, row.handle), func(o *Options) { o.RequestTimeout = 300 * time.Millisecond })
			got, err := c.DeleteTask(t.Context(), taskID)
			if fault(t, err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if e, _ := errors.AsType[*Error](err); !equal(got, row.known) || !equal(e.Answer, row.known) {
				t.Errorf("known %+v and %+v, want %+v", got, e.Answer, row.known)
			}
			if strings.Contains(err.Error(), plantedToken) {
				t.Errorf("error shows the token: %v", err)
			}
		})
	}
}

// equal compares answers without codes.
func equal(a, b Answer) bool {
	return a.Status == b.Status && a.Body == b.Body && a.RequestID == b.RequestID && a.Credential == b.Credential
}

// An answer without a length is whole when it says something.
func TestAnswerEndedByClose(t *testing.T) {
	c := newTestClient(t, "http://"+listen(t, answering("HTTP/1.0 200 OK\r\n\r\nnull")), nil)
	if got, err := c.DeleteTask(t.Context(), taskID); err != nil || got.Body != BodyNull {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Another protocol is no body, and does not hold up its reader.
func TestSwitchingProtocols(t *testing.T) {
	c := newTestClient(t, "http://"+listen(t, func(c net.Conn) {
		answering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")(c)
		waitForEnd(c)
	}), nil)
	if got, err := c.DeleteTask(t.Context(), taskID); err != nil || got.Status != 101 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A server that repeats what it was sent does not get it into an error.
func TestEchoIsScrubbed(t *testing.T) {
	c := newTestClient(t, "http://"+listen(t, answering(plantedToken+"\r\n\r\n")), nil)
	_, err := c.DeleteTask(t.Context(), taskID)
	if fault(t, err) != FaultReset || strings.Contains(err.Error(), plantedToken) {
		t.Errorf("got %v", err)
	}
}

// The server closes a connection between two requests. The second request was
// perhaps sent into it, and it is not for this package to send it again.
func TestFaultResetOnReusedConnection(t *testing.T) {
	c := newTestClient(t, "http://"+listen(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		_, _ = http.ReadRequest(r)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull")
		_, _ = http.ReadRequest(r)
	}), nil)
	if _, err := c.DeleteTask(t.Context(), taskID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultReset {
		t.Errorf("got %v, want %s", err, FaultReset)
	}
}

func TestFaultHeaderTimeout(t *testing.T) {
	c := newTestClient(t, "http://"+listen(t, waitForEnd), func(o *Options) { o.HeaderTimeout = 50 * time.Millisecond })
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultTimeout {
		t.Errorf("got %v, want %s", err, FaultTimeout)
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
			c := newTestClient(t, "http://"+listen(t, func(c net.Conn) {
				answering(text)(c)
				cancel()
				waitForEnd(c)
			}), nil)
			_, err := c.DeleteTask(ctx, taskID)
			if fault(t, err) != FaultCanceled || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %s", err, FaultCanceled)
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
	_, err = c.DeleteTask(t.Context(), taskID)
	if fault(t, err) != FaultConnect || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want %s", err, FaultConnect)
	}
}

func TestFaultDNS(t *testing.T) {
	o := Options{Endpoint: "https://no-such-host.invalid", Credentials: anyone{}}
	c, err := newClient(o, func(*http.Request) (*url.URL, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultDNS {
		t.Errorf("got %v, want %s", err, FaultDNS)
	}
}

// A handshake is refused by what is said in it; one that breaks off or hangs is
// a connection that was not made.
func TestFaultTLS(t *testing.T) {
	for _, row := range []struct {
		name   string
		handle func(net.Conn)
		want   Fault
	}{
		{"not TLS", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); waitForEnd(c) }, FaultTLS},
		{"alert", func(c net.Conn) {
			readSome(c)
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal: handshake_failure
			waitForEnd(c)
		}, FaultTLS},
		{"closed", readSome, FaultConnect},
		{"reset", func(c net.Conn) { readSome(c); reset(c) }, FaultConnect},
		{"silent", waitForEnd, FaultConnect},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, "https://"+listen(t, row.handle), func(o *Options) { o.ConnectTimeout = 200 * time.Millisecond })
			if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// readSome reads the beginning of a handshake.
func readSome(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

func TestFaultOldTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, nil)
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultTLS {
		t.Errorf("got %v, want %s", err, FaultTLS)
	}
}

// A transport that tells nothing about its connections is not trusted to have
// sent nothing.
func TestFaultOfUntracedTransport(t *testing.T) {
	c := newTestClient(t, "https://check.example", func(o *Options) {
		o.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	})
	if _, err := c.DeleteTask(t.Context(), taskID); fault(t, err) != FaultReset {
		t.Errorf("got %v, want %s", err, FaultReset)
	}
}
