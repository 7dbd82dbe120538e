package sim

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// BenchmarkDelete measures one DELETE through the whole stack over kept
// connections. Its client writes and reads raw bytes, so that the figure is
// nearly the server's alone.
func BenchmarkDelete(b *testing.B) {
	s := build(b, Options{})
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	var next atomic.Int64
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", url[len("http://"):])
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		r := bufio.NewReader(conn)
		for pb.Next() {
			if _, err := conn.Write([]byte("DELETE /v2/tasks/" + id(int(next.Add(1))) + " HTTP/1.1\r\nHost: sim\r\n\r\n")); err != nil {
				b.Error(err)
				return
			}
			resp, err := http.ReadResponse(r, nil)
			if err != nil || resp.StatusCode != 200 || resp.ContentLength != 4 {
				b.Error(resp, err)
				return
			}
			_ = resp.Body.Close() // reads the rest, too
		}
	})
}

// BenchmarkHandler measures the handler without a connection.
func BenchmarkHandler(b *testing.B) {
	h := build(b, Options{}).Handler()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodDelete, "/v2/tasks/"+id(n), nil))
	}
}

// BenchmarkTable measures the memory and the time of a record.
func BenchmarkTable(b *testing.B) {
	t := newTable()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		t.update(refOf(id(n)), func(e entry) { e.requests++ })
	}
}
