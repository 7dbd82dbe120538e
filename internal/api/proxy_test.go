package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// A proxy that refuses is told from one that cannot reach the other end, and only
// the latter is asked again.
func TestProxyRefuses(t *testing.T) {
	for status, want := range map[int]answer.Fault{
		302: answer.FaultProxy, 400: answer.FaultProxy, 401: answer.FaultProxy, 403: answer.FaultProxy, 404: answer.FaultProxy, 405: answer.FaultProxy, 407: answer.FaultProxy,
		408: answer.FaultConnect, 429: answer.FaultConnect, 500: answer.FaultConnect, 502: answer.FaultConnect, 503: answer.FaultConnect, 504: answer.FaultConnect,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			proxy := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			via := func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
			c, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: via})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.DeleteTask(t.Context(), peertest.TaskID)
			says := fmt.Sprintf("the proxy %s answers CONNECT with %d ", strings.TrimPrefix(proxy.URL, "http://"), status)
			if peertest.Fault(t, err) != want || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want %s: %s", err, want, says)
			}
		})
	}
}

// A SOCKS proxy (RFC 1928, RFC 1929) refuses in other words, and is told apart in
// the same way.
func TestSocksRefuses(t *testing.T) {
	const login = 2 // the method of users and passwords
	reply := func(code byte) []byte { return []byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0} }
	for _, row := range []struct {
		name    string
		answers [][]byte // to each thing that is said
		want    answer.Fault
	}{
		{"no way to log in", [][]byte{{5, 0xff}}, answer.FaultProxy},
		{"wrong password", [][]byte{{5, login}, {1, 1}}, answer.FaultProxy},
		{"not allowed", [][]byte{{5, 0}, reply(2)}, answer.FaultProxy},
		{"network unreachable", [][]byte{{5, 0}, reply(3)}, answer.FaultConnect},
		{"host unreachable", [][]byte{{5, 0}, reply(4)}, answer.FaultConnect},
		{"connection refused", [][]byte{{5, 0}, reply(5)}, answer.FaultConnect},
		{"no SOCKS", [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n")}, answer.FaultConnect},
		{"hangs up", nil, answer.FaultConnect},
	} {
		t.Run(row.name, func(t *testing.T) {
			host := peertest.Listen(t, func(c net.Conn) {
				for _, answer := range row.answers {
					peertest.ReadSome(c)
					_, _ = c.Write(answer)
				}
				peertest.ReadSome(c)
			})
			via := &url.URL{Scheme: "socks5", Host: host, User: url.UserPassword(peertest.SquidUser, peertest.Password)}
			c, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: func(*http.Request) (*url.URL, error) { return via, nil }})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.DeleteTask(t.Context(), peertest.TaskID)
			if peertest.Fault(t, err) != row.want || strings.Contains(err.Error(), "lanted") {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if row.want == answer.FaultProxy && !strings.Contains(err.Error(), "the proxy "+host+" refuses to connect") {
				t.Errorf("got %v, want the proxy's name", err)
			}
		})
	}
}

// A certificate of the proxy's own that is refused names the proxy.
func TestProxyTLS(t *testing.T) {
	proxy, _ := peertest.Certified(t, "127.0.0.1", soon())
	via := func(*http.Request) (*url.URL, error) { return url.Parse(proxy) }
	c, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: via})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DeleteTask(t.Context(), peertest.TaskID)
	says := "the certificate of the proxy " + strings.TrimPrefix(proxy, "https://") + " is signed by an authority"
	if peertest.Fault(t, err) != answer.FaultTLS || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %s", err, says)
	}
}

// A proxy that is asked by plain HTTP answers in the service's place, and its
// answer is one like any other.
func TestProxyOfPlainHTTP(t *testing.T) {
	proxy := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	via := func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	c, err := New(Options{Endpoint: "http://127.0.0.1:1", Credentials: anyone{}, Proxy: via})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	if got, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil || got.Status != http.StatusProxyAuthRequired {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The cause of a proxy that is no URL may hold its password, and is not shown.
func TestProxyThatIsNoURL(t *testing.T) {
	broken := func(*http.Request) (*url.URL, error) { return nil, errors.New("bad proxy " + peertest.Password) }
	_, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: broken})
	if err == nil || strings.Contains(err.Error(), peertest.Password) {
		t.Errorf("got %v, want an error without the password", err)
	}
}
