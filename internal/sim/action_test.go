package sim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Each action is seen from both ends: what the client is told, and what is
// true. The two must not be mixed up.
func TestActions(t *testing.T) {
	const busy = `{"error_code":"CC.00000000","error_msg":"busy"}`
	for _, row := range []struct {
		name  string
		fault Fault
		told  string // status and code; "" when no whole answer came
		body  string
		cause error // why no whole answer came
		truth TaskTruth
	}{
		{
			"answer",
			Fault{Status: 400, Body: busy, Action: ActionAnswer},
			"400 CC.00000000", busy, nil,
			TaskTruth{LastStatus: 400, LastCode: "CC.00000000"},
		},
		{
			"zero action is answer",
			Fault{Status: 400, Body: busy},
			"400 CC.00000000", busy, nil,
			TaskTruth{LastStatus: 400, LastCode: "CC.00000000"},
		},
		{
			"answer after effect",
			Fault{Status: 504, Body: "late", Action: ActionAnswerAfter},
			"504", "late", nil,
			TaskTruth{Effects: 1, LastStatus: 504, LostAnswers: 1},
		},
		{
			"an empty 204 after the effect tells the client",
			Fault{Status: 204, Action: ActionAnswerAfter},
			"204", "", nil,
			TaskTruth{Effects: 1, LastStatus: 204},
		},
		{
			"an accepting lie, with the default status",
			Fault{Body: busy, Action: ActionAcceptLie},
			"200 CC.00000000", busy, nil,
			TaskTruth{LastStatus: 200, LastCode: "CC.00000000"},
		},
		{
			"slow",
			Fault{Action: ActionSlow, Delay: 20 * time.Millisecond},
			"200", "null", nil,
			TaskTruth{Effects: 1, LastStatus: 200},
		},
		{
			"hang",
			Fault{Action: ActionHang, Delay: 20 * time.Millisecond},
			"", "", syscall.ECONNRESET,
			TaskTruth{},
		},
		{
			"hang after effect",
			Fault{Action: ActionHangAfter, Delay: 20 * time.Millisecond},
			"", "", syscall.ECONNRESET,
			TaskTruth{Effects: 1, LostAnswers: 1},
		},
		{
			"reset",
			Fault{Action: ActionReset},
			"", "", syscall.ECONNRESET,
			TaskTruth{},
		},
		{
			"reset after effect",
			Fault{Action: ActionResetAfter},
			"", "", syscall.ECONNRESET,
			TaskTruth{Effects: 1, LostAnswers: 1},
		},
		{
			"cut of the true answer",
			Fault{Action: ActionCut},
			"", "nu", syscall.ECONNRESET,
			TaskTruth{Effects: 1, LostAnswers: 1},
		},
		{
			"cut of a canned answer",
			Fault{Action: ActionCut, Body: "12345678", Status: 502},
			"", "1234", syscall.ECONNRESET,
			TaskTruth{Effects: 1, LostAnswers: 1},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.fault.Name, row.fault.Share = "f", 1
			g := serve(t, Options{Faults: []Fault{row.fault}})
			told := g.once(id(1))
			if !errors.Is(told.Err, row.cause) || told.Body != row.body {
				t.Errorf("told %v %q, %v", told, told.Body, told.Err)
			}
			if row.told != "" && told.String() != row.told {
				t.Errorf("told %v, want %s", told, row.told)
			}
			row.truth.ID, row.truth.Requests = id(1), 1
			if got := g.TruthOf(id(1)); got != row.truth {
				t.Errorf("truth is %+v,\nwant %+v", got, row.truth)
			}
			sum := g.Truth()
			if sum.Effects != int64(row.truth.Effects) || sum.LostAnswers != int64(row.truth.LostAnswers) {
				t.Errorf("totals are %+v", sum)
			}
		})
	}
}

// once sends a DELETE on a connection of its own: a client repeats a request
// by itself when a kept connection breaks.
func (g *rig) once(id string) answer {
	g.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	g.client.Transport = transport
	return g.del(id)
}

func TestSlowTakesItsTime(t *testing.T) {
	g := serve(t, Options{Faults: []Fault{{Name: "s", Share: 1, Action: ActionSlow, Delay: 50 * time.Millisecond}}})
	begun := time.Now()
	if got := g.del(id(1)); got.String() != "200" || time.Since(begun) < 50*time.Millisecond {
		t.Errorf("%v after %v", got, time.Since(begun))
	}
}

// A client that gives up does not call the deletion back.
func TestImpatientClient(t *testing.T) {
	for name, row := range map[string]struct {
		fault Fault
		want  TaskTruth
	}{
		"slow":              {Fault{Action: ActionSlow, Delay: time.Hour}, TaskTruth{Effects: 1, LostAnswers: 1}},
		"hang":              {Fault{Action: ActionHang}, TaskTruth{}},
		"hang after effect": {Fault{Action: ActionHangAfter}, TaskTruth{Effects: 1, LostAnswers: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			row.fault.Name, row.fault.Share = "f", 1
			g := serve(t, Options{Faults: []Fault{row.fault}})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if got := g.send(g.request("DELETE", "/v2/tasks/"+id(1), "").WithContext(ctx)); got.Err == nil {
				t.Fatalf("answered %v", got)
			}
			row.want.ID, row.want.Requests = id(1), 1
			g.becomes(row.want)
		})
	}
}

// becomes waits until the truth of an ID is want: the service learns of a
// client's leaving some time after it.
func (g *rig) becomes(want TaskTruth) {
	g.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		if g.count.inFlight.Load() == 0 && g.TruthOf(want.ID) == want {
			return
		}
		<-tick.C
	}
	g.t.Errorf("truth is %+v, want %+v", g.TruthOf(want.ID), want)
}

// A stop drops what waits. It must not let an empty 200 out, which a client
// would take for a deletion.
func TestStopDropsWhatWaits(t *testing.T) {
	for _, action := range []Action{ActionSlow, ActionHang, ActionHangAfter} {
		t.Run(string(action), func(t *testing.T) {
			s := build(t, Options{Faults: []Fault{{Name: "f", Share: 1, Action: action, Delay: time.Hour}}})
			url, stop, err := s.Start("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			g := &rig{s, t, url, &http.Client{}}
			done := make(chan answer)
			go func() { done <- g.once(id(1)) }()
			for s.Truth().Requests == 0 {
				time.Sleep(time.Millisecond)
			}
			stop()
			if got := <-done; got.Err == nil {
				t.Errorf("answered %v %q", got, got.Body)
			}
		})
	}
}

// Without a connection to break, a reset is what net/http knows as an abort.
func TestResetWithoutConnection(t *testing.T) {
	h := build(t, Options{Faults: []Fault{{Name: "f", Share: 1, Action: ActionReset}}}).Handler()
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panicked with %v", err)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "DELETE", "/v2/tasks/"+id(1), nil))
	t.Error("answered")
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, l := range []Latency{{}, {Min: time.Second}, {time.Second, 2 * time.Second}, {time.Second, time.Millisecond}} {
			h := build(t, Options{Latency: l}).Handler()
			for i := range 50 {
				begun := time.Now()
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "DELETE", "/v2/tasks/"+id(i), nil))
				if took := time.Since(begun); took < l.Min || took > max(l.Min, l.Max) {
					t.Fatalf("%+v: took %v", l, took)
				}
			}
		}
	})
}

// failing is a connection that breaks in the middle of an answer.
type failing struct{ http.ResponseWriter }

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// An answer that could not be written is no answer: the next request for the
// ID is no repeat.
func TestUnwrittenAnswer(t *testing.T) {
	s := build(t, Options{})
	h := s.Handler()
	send := func(w http.ResponseWriter) {
		defer func() { _ = recover() }()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "DELETE", "/v2/tasks/"+id(1), strings.NewReader("")))
	}
	send(failing{httptest.NewRecorder()})
	if got := s.TruthOf(id(1)); got.LostAnswers != 1 || got.Effects != 1 || got.LastStatus != 0 {
		t.Errorf("after the broken answer: %+v", got)
	}
	send(httptest.NewRecorder())
	if got := s.TruthOf(id(1)); got.RepeatsAfterAnswer != 0 || got.LastStatus != 404 {
		t.Errorf("after the whole answer: %+v", got)
	}
	send(httptest.NewRecorder())
	if got := s.TruthOf(id(1)); got.RepeatsAfterAnswer != 1 || got.LostAnswers != 1 {
		t.Errorf("after the repeat: %+v", got)
	}
}
