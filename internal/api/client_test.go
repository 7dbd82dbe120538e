package api

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// What is sent is the documented request and nothing more.
func TestDeleteTaskSends(t *testing.T) {
	var got *http.Request
	var body []byte
	s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "null")
	})
	c := newTestClient(t, s.URL, nil)
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil {
		t.Fatal(err)
	}
	if line := got.Method + " " + got.RequestURI + " " + got.Proto; line != "DELETE /v2/tasks/"+peertest.TaskID+" HTTP/1.1" {
		t.Errorf("sent %s", line)
	}
	if len(body) != 0 {
		t.Errorf("sent the body %q", body)
	}
	want := http.Header{
		"Content-Type": {"application/json"}, "X-Language": {"en-us"},
		"User-Agent": {"cleaner"}, "X-Auth-Token": {peertest.Token}, "Accept-Encoding": {"identity"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestDeleteTaskAnswers(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer func(http.ResponseWriter)
		want   answer.Answer
	}{
		{"deleted", func(w http.ResponseWriter) {
			w.Header().Set("X-Request-Id", "r1")
			_, _ = io.WriteString(w, "null")
		}, answer.Answer{Status: 200, Body: answer.BodyNull, RequestID: "r1"}},
		{"no content", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusNoContent)
		}, answer.Answer{Status: 204, Body: answer.BodyEmpty}},
		{"empty", func(http.ResponseWriter) {}, answer.Answer{Status: 200, Body: answer.BodyEmpty}},
		{"error under 200", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"error_code":"CC.00050010","error_msg":"no permission"}`)
		}, answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050010"}, Message: "no permission"}},
		{"throttled", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute"}`)
		}, answer.Answer{
			Status: 429, Body: answer.BodyCoded, Codes: []string{"APIGW.0308"}, RetryAfter: 3 * time.Second, Window: time.Minute, Throttled: true,
			Limit: 100, Message: "policy user over ratelimit,limit:100,time:1 minute",
		}},
		// The gateway repeats what it does not like.
		{"echo", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(w, `{"error_code":"APIGW.0301","error_msg":"ak %s, token %s"}`, peertest.AccessKey, peertest.Token)
		}, answer.Answer{Status: 401, Body: answer.BodyCoded, Codes: []string{"APIGW.0301"}, Message: "ak ***, token ***"}},
		{"redirect", func(w http.ResponseWriter) {
			w.Header().Set("Location", "/login")
			w.WriteHeader(http.StatusFound)
		}, answer.Answer{Status: 302, Body: answer.BodyEmpty}},
		{"page", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "<html>sign in</html>")
		}, answer.Answer{Status: 200, Body: answer.BodyHTML, Message: "<html>sign in</html>"}},
		{"packed", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte{0x1f, 0x8b, 8})
		}, answer.Answer{Status: 200, Body: answer.BodyCompressed, Message: "the body is compressed (gzip), which was not allowed: something on the way did it"}},
		{"longest", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "null"+strings.Repeat(" ", maxBody-4))
		}, answer.Answer{Status: 200, Body: answer.BodyNull}},
		{"too long", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "null"+strings.Repeat(" ", maxBody-3))
		}, answer.Answer{Status: 200, Body: answer.BodyTooBig}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != tasksPath+peertest.TaskID {
					t.Errorf("%s was followed to %s", row.name, r.URL)
				}
				row.answer(w)
			})
			got, err := newTestClient(t, s.URL, nil).DeleteTask(t.Context(), peertest.TaskID)
			if err != nil {
				t.Fatal(err)
			}
			row.want.Credential = 7
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// Many workers use as many connections as there are workers, and no more:
// whatever is answered, if it is bounded, the connection is used again.
func TestConnectionsAreReused(t *testing.T) {
	const workers, each = 8, 50
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "7") {
			w.Header().Set("Content-Length", fmt.Sprint(maxBody+1000))
			_, _ = io.WriteString(w, strings.Repeat("x", maxBody+1000))
			return
		}
		_, _ = io.WriteString(w, `{"error_code":"CC.00050012"}`)
	}))
	s.Config.ConnState = onNew(&opened)
	s.Start()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers = workers })
	var wg sync.WaitGroup
	for range workers * 2 {
		wg.Go(func() {
			for i := range each {
				if _, err := c.DeleteTask(t.Context(), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := opened.Load(); got > workers {
		t.Errorf("%d connections for %d workers", got, workers)
	}
}

// A request that is made when the workers have become fewer was let go before. It
// does not wait for others to end: by then it might be let go no more.
func TestFewerWorkersHoldNothingUp(t *testing.T) {
	const workers = 4
	var arrived atomic.Int64
	all := make(chan struct{})
	s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == workers {
			close(all)
		}
		select {
		case <-all:
			_, _ = io.WriteString(w, "null")
		case <-r.Context().Done():
		}
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers, o.Timeouts.Request = workers, 5*time.Second })
	c.Resize(1)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			if a, err := c.DeleteTask(t.Context(), fmt.Sprint(i)); err != nil || a.Body != answer.BodyNull {
				t.Errorf("%v %v", a, err)
			}
		})
	}
	wg.Wait()
}

// The bound on connections changes while requests are under way: what is in
// flight ends well, and afterwards no more connections stay than are to be kept.
func TestResize(t *testing.T) {
	var open, most atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "null")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			most.Store(max(most.Load(), open.Add(1))) // a race loses a count, not one that stays
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers = 2 })
	ask := func(workers int) {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for i := range 50 {
					if a, err := c.DeleteTask(t.Context(), fmt.Sprint(i)); err != nil || a.Body != answer.BodyNull {
						t.Errorf("%v %v", a, err)
					}
				}
			})
		}
		wg.Wait()
	}
	atMost := func(n int64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); open.Load() > n; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("%d connections stay open, want at most %d", open.Load(), n)
			}
		}
	}
	for _, n := range []int{2, 16, 3} {
		c.Resize(n)
		atMost(0) // of the former bound
		most.Store(0)
		ask(min(n, 3))
		if got := most.Load(); got > int64(n) {
			t.Errorf("%d connections, want at most %d", got, n)
		}
		ask(20)
		atMost(int64(n))
	}
	var wg sync.WaitGroup
	wg.Go(func() { ask(8) })
	c.Resize(1) // in the midst of it
	wg.Wait()
}

// A body that is far too big, or has no end, costs its connection but no time.
func TestEndlessBody(t *testing.T) {
	s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	})
	got, err := newTestClient(t, s.URL, nil).DeleteTask(t.Context(), peertest.TaskID)
	if err != nil || got.Body != answer.BodyTooBig {
		t.Errorf("got %+v, %v, want a body that is too big", got, err)
	}
}

// With TLS, a server is trusted by the CA file or not at all, and HTTP/2 is not
// spoken even when it is offered.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `"`+r.Proto+`"`)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = peertest.Quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := peertest.WriteFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	got, err := newTestClient(t, s.URL, func(o *Options) { o.CAFile = ca }).DeleteTask(t.Context(), peertest.TaskID)
	if err != nil || got.Message != `"HTTP/1.1"` {
		t.Errorf("with the CA: %+v, %v", got, err)
	}
	_, err = newTestClient(t, s.URL, nil).DeleteTask(t.Context(), peertest.TaskID)
	if peertest.Fault(t, err) != answer.FaultTLS {
		t.Errorf("without the CA: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		o    Options
		want string
	}{
		{"endpoint", Options{Credentials: anyone{}}, "read endpoint: it is missing"},
		{"credentials", Options{Endpoint: "https://check.example"}, "make client: no credentials"},
		{"missing CA", Options{Endpoint: "https://check.example", Credentials: anyone{}, CAFile: "/nowhere"}, "read CA file: "},
		{"empty CA", Options{Endpoint: "https://check.example", Credentials: anyone{}, CAFile: peertest.WriteFile(t, "ca", "x")}, "no certificate"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := New(row.o)
			if c != nil || err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("New = %v, %v, want an error with %q", c, err, row.want)
			}
		})
	}
}

// A proxy is used for what is not this machine.
func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	via := func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	c, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: via})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DeleteTask(t.Context(), peertest.TaskID)
	if peertest.Fault(t, err) != answer.FaultProxy || asked.Load() != "CONNECT check.example:443" {
		t.Errorf("got %v, the proxy was asked to %v", err, asked.Load())
	}
}

// nobody are credentials that cannot be had.
type nobody struct{ anyone }

func (nobody) Authorize(context.Context, *http.Request) (uint64, error) {
	return 0, errors.New("no luck")
}

func TestDeleteTaskWithoutCredentials(t *testing.T) {
	c := newTestClient(t, "http://127.0.0.1:1", func(o *Options) { o.Credentials = nobody{} })
	_, err := c.DeleteTask(t.Context(), peertest.TaskID)
	if want := "authorize request to delete task " + peertest.TaskID + ": login: no luck"; peertest.Fault(t, err) != answer.FaultLogin || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
