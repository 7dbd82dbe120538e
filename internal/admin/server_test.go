package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/queue"
)

func TestReadsAreAnsweredOnBothWaysIn(t *testing.T) {
	d := &fakeControl{status: Status{Version: "1.2.3", Ledger: ledgerOf(queue.States{Dead: 5})}}
	o := d.options(t)
	s := start(t, o)
	for _, path := range []string{
		"/", "/status", "/healthz", "/readyz", "/metrics", "/page.css", "/live.js", "/forms.js", "/charts.js", "/uPlot.iife.min.js", "/uPlot.min.css", "/icon.svg",
		"/passes", "/passes/41", "/passes/41/report.json", "/passes/41/samples.json", "/samples.json", "/dead", "/dead.csv", "/batches", "/debug/pprof/",
	} {
		for name, c := range map[string]*http.Client{"tcp": client(t, ""), "unix": client(t, o.Socket)} {
			to := "http://" + s.Addr() + path
			if g := send(t, c, "GET", to, nil); g.code != http.StatusOK || g.body == "" {
				t.Errorf("GET %s by %s: %d %q", path, name, g.code, g.body)
			}
		}
	}
	var st Status
	g := send(t, client(t, ""), "GET", "http://"+s.Addr()+"/status", nil)
	if err := json.Unmarshal([]byte(g.body), &st); err != nil || st.Version != "1.2.3" || st.Ledger.Dead != 5 {
		t.Errorf("status: %v, %q", err, g.body)
	}
}

func TestHeadersAreStrictOnEveryAnswer(t *testing.T) {
	d := &fakeControl{}
	s := start(t, d.options(t))
	for _, path := range []string{"/", "/status", "/nothing", "/live.js", "/dead.csv", "/passes/7", "/control/pause"} {
		g := send(t, client(t, ""), "GET", "http://"+s.Addr()+path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": policyOfContent, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if g.header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, g.header.Get(name))
			}
		}
	}
	if strings.Contains(policyOfContent, "unsafe") {
		t.Error("the policy allows what is unsafe")
	}
}

func TestReadyzTellsTheReasonsAndHealthzDoesNotCare(t *testing.T) {
	d := &fakeControl{err: errors.New("disk I/O error")}
	o := d.options(t)
	o.Ready = func(context.Context) []string { return []string{"the ledger cannot be written", "draining"} }
	s := start(t, o)
	at := "http://" + s.Addr()
	if g := send(t, client(t, ""), "GET", at+"/readyz", nil); g.code != 503 || g.body != `{"ready":false,"reasons":["the ledger cannot be written","draining"]}`+"\n" {
		t.Errorf("readyz: %d %s", g.code, g.body)
	}
	if g := send(t, client(t, ""), "GET", at+"/healthz", nil); g.code != 200 {
		t.Errorf("healthz: %d %s", g.code, g.body)
	}
	if g := send(t, client(t, ""), "GET", at+"/status", nil); g.code != 503 || !strings.Contains(g.body, "disk I/O error") {
		t.Errorf("status: %d %s", g.code, g.body)
	}
	g := send(t, client(t, ""), "GET", at+"/", nil)
	for _, want := range []string{"Something is wrong", "The status cannot be read: disk I/O error.", "Not ready: draining."} {
		if g.code != 503 || !strings.Contains(g.body, want) {
			t.Errorf("page: %d, without %q", g.code, want)
		}
	}
}

func TestHealthzTellsWhyToRestart(t *testing.T) {
	o := (&fakeControl{}).options(t)
	o.Alive = func() []string { return []string{"the pass is stuck"} }
	s := start(t, o)
	if g := send(t, client(t, ""), "GET", "http://"+s.Addr()+"/healthz", nil); g.code != 503 || g.body != `{"alive":false,"reasons":["the pass is stuck"]}`+"\n" {
		t.Errorf("healthz: %d %s", g.code, g.body)
	}
}

func TestProfilesAreServedOnlyWhenSwitchedOn(t *testing.T) {
	d := &fakeControl{}
	o := d.options(t)
	o.Profiling, o.Metrics = false, nil
	s := start(t, o)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics"} {
		if g := send(t, client(t, ""), "GET", "http://"+s.Addr()+path, nil); g.code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, g.code)
		}
	}
}

func TestManyWatchersCostWhatOneCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeControl{status: Status{Passes: make([]Ended, 21)}}
		s := &shown{fresh: fresh, status: d.Status, ready: func(context.Context) []string { return nil }}
		for range 100 {
			s.get(t.Context())
		}
		if d.reads != 1 {
			t.Errorf("%d reads for 100 watchers", d.reads)
		}
		s.stale()
		s.get(t.Context())
		if d.reads != 2 {
			t.Errorf("%d reads after a change", d.reads)
		}
		time.Sleep(fresh)
		s.get(t.Context())
		if d.reads != 3 {
			t.Errorf("%d reads once it was old", d.reads)
		}
		if n := len(s.get(t.Context()).Passes); n != mostPasses {
			t.Errorf("%d passes are shown", n)
		}
	})
}

// One who goes away while the status is read does not spoil it for the others.
func TestOneWhoGoesAwaySpoilsNothing(t *testing.T) {
	ctx, gone := context.WithCancel(t.Context())
	s := &shown{fresh: fresh, ready: func(context.Context) []string { return nil }, status: func(ctx context.Context) (Status, error) {
		gone()
		return Status{Version: "1"}, ctx.Err()
	}}
	if g := s.get(ctx); g.err != nil || g.Version != "1" {
		t.Error(g.err)
	}
}

// A request under way when the server is told to end is answered.
func TestRequestsUnderWayEndWithinTheGrace(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	o := Options{Listeners: Listeners{Address: "127.0.0.1:0"}, Grace: time.Minute, Status: func(context.Context) (Status, error) {
		close(entered)
		<-leave
		return Status{Version: "answered"}, nil
	}}
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, answer := make(chan error, 1), make(chan got, 1)
	go func() { ended <- s.Serve(ctx) }()
	c := client(t, "")
	go func() { answer <- send(t, c, "GET", "http://"+s.Addr()+"/status", nil) }()
	<-entered
	stop()
	for dialled := true; dialled; { // until it listens no more
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr())
		if dialled = err == nil; dialled {
			_ = conn.Close()
		}
	}
	close(leave)
	if g := <-answer; g.code != 200 || !strings.Contains(g.body, "answered") {
		t.Errorf("%d %s", g.code, g.body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// One that does not end within the grace does not hold the server.
func TestTheGraceEnds(t *testing.T) {
	entered := make(chan struct{})
	o := Options{Listeners: Listeners{Address: "127.0.0.1:0"}, Grace: time.Millisecond, Status: (&fakeControl{}).Status}
	o.Metrics = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() })
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, cut := make(chan error, 1), make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	c := client(t, "")
	go func() {
		_, err := c.Get("http://" + s.Addr() + "/metrics")
		cut <- err
	}()
	<-entered
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if <-cut == nil {
		t.Error("the request was answered")
	}
}
