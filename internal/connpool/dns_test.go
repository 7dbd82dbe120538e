package connpool

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// A name that does not exist is told from one that cannot be looked up for now.
func TestFaultDNS(t *testing.T) {
	for name, row := range map[string]struct {
		rcode byte
		want  answer.Fault
	}{"NXDOMAIN": {3, answer.FaultNoHost}, "SERVFAIL": {2, answer.FaultDNS}, "REFUSED": {5, answer.FaultDNS}} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, Options{})
			endpoint := &url.URL{Scheme: "https", Host: "check.example"}
			p.conns.dial = dialer(resolving(t, dnsServer(t, row.rcode)), endpoint, nil, p.conns.drop)
			_, got, err := p.Exchange(t.Context(), newRequest(t))
			if got != row.want || !strings.Contains(err.Error(), "check.example") {
				t.Errorf("got %s, %v, want %s", got, err, row.want)
			}
		})
	}
}

// dnsServer starts a name server that answers each question about an IPv4 address
// with these, and with a code, and returns its address.
func dnsServer(t *testing.T, rcode byte, addresses ...[4]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for buffer := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(dnsAnswer(buffer[:n], rcode, addresses), from)
		}
	})
	t.Cleanup(func() { _ = conn.Close(); wg.Wait() })
	return conn.LocalAddr().String()
}

// dnsAnswer answers one question (RFC 1035, section 4).
func dnsAnswer(question []byte, rcode byte, addresses [][4]byte) []byte {
	end := 12 + bytes.IndexByte(question[12:], 0) + 5 // the name, its type and its class
	reply := slices.Clone(question[:end])
	reply[2], reply[3] = 0x81, 0x80|rcode
	for i := 6; i < 12; i++ {
		reply[i] = 0
	}
	if question[end-3] != 1 { // no A
		return reply
	}
	reply[7] = byte(len(addresses))
	for _, a := range addresses {
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, a[0], a[1], a[2], a[3])
	}
	return reply
}

// resolving returns a transport that looks names up at the name server given.
func resolving(t *testing.T, server string) *http.Transport {
	t.Helper()
	transport, err := newTransport(10*time.Second, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server)
	}}
	transport.DialContext = dialNoting(&net.Dialer{Resolver: r})
	return transport
}
