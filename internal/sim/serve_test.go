package sim

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		name, want string
		opt        Options
	}{
		{"absent share", "absent share 2", Options{Absent: 2}},
		{"absent answer", `absent answer "403"`, Options{AbsentAnswer: "403"}},
		{"first page", "first page 2", Options{FirstPage: 2}},
		{"token lifetime", "token lifetime -1ns", Options{TokenLifetime: -1}},
		{"latency", "latency -1ns", Options{Latency: Latency{Min: -1}}},
		{"throttle", "throttle window 1ms", Options{Throttle: Throttle{Window: time.Millisecond}}},
		{"fault", `fault "x": status 7`, Options{Faults: []Fault{{Name: "x", Status: 7}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := New(row.opt)
			if s != nil || err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
}

func TestNewReportsAllFaultsAtOnce(t *testing.T) {
	_, err := New(Options{Absent: -1, FirstPage: 9})
	for _, want := range []string{"absent share", "first page"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:0":     "not a loopback",
		":0":            "not a loopback",
		"[::]:0":        "not a loopback",
		"192.0.2.1:0":   "not a loopback",
		"example.com:0": "not a loopback",
		"127.0.0.1":     "missing port",
		"":              "missing port",
	} {
		if _, _, err := build(t, Options{}).Start(addr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

func TestStartNamesATakenAddress(t *testing.T) {
	g := serve(t, Options{})
	_, _, err := build(t, Options{}).Start(strings.TrimPrefix(g.url, "http://"))
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
}

func TestStopTwice(t *testing.T) {
	url, stop, err := build(t, Options{}).Start("localhost:0")
	if err != nil || strings.HasSuffix(url, "/") {
		t.Fatal(url, err)
	}
	stop()
	stop()
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://")); err == nil {
		_ = conn.Close()
		t.Error("still listens")
	}
}

// A listener that others can reach is closed, not served.
func TestServeRefusesOpenListener(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := build(t, Options{}).Serve(t.Context(), ln); err == nil || !strings.Contains(err.Error(), "not a loopback") {
		t.Error(err)
	}
	if ln.Close() == nil {
		t.Error("the listener was left open")
	}
}

func TestServeReportsBrokenListener(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if err := build(t, Options{}).Serve(t.Context(), ln); err == nil || !strings.Contains(err.Error(), "serve simulated service on 127.0.0.1:") {
		t.Error(err)
	}
}

// One Sim may be served again, and remembers.
func TestServeAgain(t *testing.T) {
	s := build(t, Options{})
	for _, want := range []string{"200", "404 CC.00050017"} {
		ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Serve(ctx, ln) }()
		g := &rig{Sim: s, t: t, url: "http://" + ln.Addr().String(), client: serve(t, Options{}).client}
		if got := g.del(id(1)); got.String() != want {
			t.Errorf("%v, want %s", got, want)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
