package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is what a plain client saw of one exchange.
type answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error // set when no whole answer came; Status and Body are what did
}

// code is the error code in the body, by a reading of its own.
func (a answer) code() string {
	var top struct {
		Code string `json:"error_code"`
	}
	_ = json.Unmarshal([]byte(a.Body), &top)
	return top.Code
}

// String is the answer in one line, for tables.
func (a answer) String() string { return strings.TrimSpace(fmt.Sprint(a.Status, " ", a.code())) }

// rig is a served Sim with a client.
type rig struct {
	*Sim
	t      *testing.T
	url    string
	client *http.Client
}

// serve starts the service that opt describes for the time of the test.
func serve(t *testing.T, opt Options) *rig {
	t.Helper()
	s := build(t, opt)
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(func() { transport.CloseIdleConnections(); stop() })
	return &rig{s, t, url, &http.Client{
		Transport:     transport,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// build makes the service that opt describes.
func build(t testing.TB, opt Options) *Sim {
	t.Helper()
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do sends a request; header is pairs of name and value.
func (g *rig) do(method, path, body string, header ...string) answer {
	g.t.Helper()
	return g.send(g.request(method, path, body, header...))
}

func (g *rig) request(method, path, body string, header ...string) *http.Request {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func (g *rig) send(req *http.Request) answer {
	resp, err := g.client.Do(req)
	if err != nil {
		return answer{Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

// del sends a DELETE for a task.
func (g *rig) del(id string, header ...string) answer {
	g.t.Helper()
	return g.do(http.MethodDelete, "/v2/tasks/"+id, "", header...)
}

// id is the n-th of the tests' task IDs.
func id(n int) string { return fmt.Sprintf("%032x", n) }

// find is a fault of the catalogue for the given share of IDs.
func find(t testing.TB, name string, share float64, times int) Fault {
	t.Helper()
	f, err := named(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Share, f.Times = share, times
	return f
}
