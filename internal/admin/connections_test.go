package admin

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestConnectionsAreBounded: however many clients keep their connections over TCP, no more
// than the bound are taken, and control over the socket is answered. When some leave,
// those that waited have their turn.
func TestConnectionsAreBounded(t *testing.T) {
	const clients = 3 * mostTCP
	d := &fakeControl{status: quiet()}
	o := d.options(t)
	s := start(t, o)
	var answered atomic.Int64
	var conns []net.Conn
	for range clients {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		conns = append(conns, conn)
		go func() {
			if _, err := conn.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
				return
			}
			if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
				answered.Add(1)
				_ = resp.Body.Close()
			}
		}()
	}
	wait := func(n int64) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); answered.Load() < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d are answered, want %d", answered.Load(), n)
			}
		}
	}
	wait(mostTCP)
	answer, err := Client{Listeners: Listeners{Socket: o.Socket}}.Control(t.Context(), "/control/pause", nil)
	if err != nil || !strings.Contains(answer, "Paused") {
		t.Errorf("over the socket: %q, %v", answer, err)
	}
	if n := answered.Load(); n != mostTCP {
		t.Errorf("%d are answered, want %d", n, mostTCP)
	}
	for _, conn := range conns[:2*mostTCP] {
		_ = conn.Close()
	}
	wait(mostTCP + 1)
}

// TestLongSocketPaths: what serve cannot open check says, and what check says is true.
func TestLongSocketPaths(t *testing.T) {
	for _, total := range []int{60, 92, 93, 94, 100, 106, 107, 108, 200} {
		for _, name := range []string{"s", "control", strings.Repeat("n", 40)} {
			dir := t.TempDir()
			pad := total - len(dir) - len(name) - 2
			if pad < 1 {
				continue
			}
			path := filepath.Join(dir, strings.Repeat("d", pad), name)
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				continue // a folder's name has a longest length too
			}
			check := CheckSocket(path)
			s, err := listenUnix(t.Context(), path)
			if (check == nil) != (err == nil) {
				t.Errorf("%d bytes, %s: check says %v, and listening %v", len(path), name, check, err)
			}
			if check != nil && !strings.Contains(check.Error(), "choose a shorter one") {
				t.Errorf("%d bytes: %v", len(path), check)
			}
			if len(path) > 107 && check == nil {
				t.Errorf("%d bytes are taken for short enough", len(path))
			}
			if err == nil {
				_ = s.Close()
			}
		}
	}
}
