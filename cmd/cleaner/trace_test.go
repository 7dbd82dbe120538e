package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"cleaner/internal/sim"
)

// receiver takes spans in by OTLP over HTTP, as a collector does.
type receiver struct {
	url string

	mu      sync.Mutex // guards what follows
	spans   []*otlp.Span
	headers []http.Header
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		var got collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &got)
		}
		if err != nil || req.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", req.URL.Path, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.headers = append(r.headers, req.Header)
		for _, resource := range got.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

// byName returns the spans of a name.
func (r *receiver) byName(name string) (spans []*otlp.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if s.Name == name {
			spans = append(spans, s)
		}
	}
	return spans
}

// attribute is what a span says of a key.
func attribute(s *otlp.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			if text := a.Value.GetStringValue(); text != "" {
				return text
			}
			return fmt.Sprint(a.Value.GetIntValue())
		}
	}
	return ""
}

// TestTraces: one span for the pass, and below it one for each request that the
// service saw, with what it answered; a secret is in none of them.
func TestTraces(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "busy-400:0.2:1")}})
	r := newReceiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key="+theSecretKey) // the exporter reads the process's own
	st.set("traces.endpoint", r.url)
	st.set("traces.share", 1)
	st.set("safety.failed_share", 1)
	st.ids(200)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
	passes, deletes := r.byName("pass"), r.byName("delete task")
	if len(passes) != 1 || strings.Contains(stderr, "lost") {
		t.Fatalf("%d passes, log:\n%s", len(passes), stderr)
	}
	pass := passes[0]
	again := r.byName("delete task again") // of the canaries, to learn the answer
	st.want("spans of requests", int64(len(deletes)+len(again)), st.sim.Truth().Deletes)
	st.want("exit code as traced", attribute(pass, "cleaner.exit_code"), fmt.Sprint(code))
	st.want("looks", int64(len(r.byName("look at task"))), st.sim.Truth().Looks)
	busy := 0
	for _, s := range deletes {
		if string(s.ParentSpanId) != string(pass.SpanId) || string(s.TraceId) != string(pass.TraceId) {
			t.Fatal("a request is not below its pass")
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano || s.StartTimeUnixNano < pass.StartTimeUnixNano {
			t.Error("times are out of order")
		}
		if attribute(s, "cleaner.code") == "CC.00000000" {
			busy++
		}
		st.want("a status", attribute(s, "http.response.status_code") != "", true)
		st.want("an ID", len(attribute(s, "cleaner.task.id")), 32)
	}
	if busy == 0 {
		t.Error("no busy answer was traced")
	}
	for _, s := range append(deletes, pass) {
		for _, secret := range []string{thePassword, theSecretKey} {
			if form, found := showing(s.String(), secret); found {
				t.Errorf("a span holds a secret as %q: %v", form, s)
			}
		}
	}
	st.want("the header went to the collector", r.headers[0].Get("X-Key"), theSecretKey)
}

// TestTracesOfAShare: what failed for good has its span whatever the share.
func TestTracesOfAShare(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.1")}})
	r := newReceiver(t)
	st.set("traces.endpoint", r.url)
	st.set("traces.share", 0)
	st.set("safety.failed_share", 1)
	st.ids(200)
	dead := st.pass(exitDead, "--ids", st.path("tasks.txt")).Dead
	st.want("spans of requests", int64(len(r.byName("delete task"))), dead)
}

// TestDeadCollector costs spans and nothing else, is said once, and shows no header.
func TestDeadCollector(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Error(w, "who are you, "+req.Header.Get("X-Key"), http.StatusForbidden)
	}))
	t.Cleanup(echo.Close)
	for _, url := range []string{"http://127.0.0.1:1", echo.URL} {
		st := newStage(t, sim.Options{})
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key="+theSecretKey)
		st.env["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=" + theSecretKey
		st.set("traces.endpoint", url)
		st.set("traces.share", 1)
		st.ids(1000)
		code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
		st.want("exit code", code, exitOK)
		st.want("deleted", st.sim.Truth().Effects, int64(1000))
		st.want("warnings", strings.Count(stderr, "spans are lost"), 1)
		st.want("the sum", strings.Contains(stderr, `"spans were lost"`), true)
	}
}

// TestTracesOfServe: each pass has its span.
func TestTracesOfServe(t *testing.T) {
	st := newServing(t, sim.Options{})
	r := newReceiver(t)
	st.set("traces.endpoint", r.url)
	s := st.serve()
	for n := range 2 {
		if code, _, stderr := st.cleaner("trigger"); code != exitOK {
			t.Fatal(stderr)
		}
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == n+1 })
	}
	s.stop()
	st.want("passes", len(r.byName("pass")), 2)
}

// TestUnreadableHeaders of a collector are not shown: by default the library prints
// what it cannot read. It prints to the process's standard error, hence a process.
func TestUnreadableHeaders(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", theSecretKey)
	st := newStage(t, sim.Options{})
	st.set("traces.endpoint", newReceiver(t).url)
	st.set("safety.canary", 0) // which takes seconds
	st.ids(3)
	code, stderr := st.process(false, "run", "--ids", st.path("tasks.txt"))
	st.want("exit code", code, exitOK)
	if _, found := showing(stderr, theSecretKey); found {
		t.Errorf("standard error shows the header:\n%s", stderr)
	}
}
