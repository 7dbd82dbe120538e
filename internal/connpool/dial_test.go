package connpool

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// Every address that cannot be connected to is reported, also when another of the same
// name can.
func TestFailedAddressesAreReported(t *testing.T) {
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "null") })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(t, Options{})
	var failed []string
	transport := resolving(t, dnsServer(t, 0, [4]byte{127, 0, 0, 2}, [4]byte{127, 0, 0, 1}))
	endpoint := &url.URL{Scheme: "http", Host: "check.example:" + port}
	p.conns.dial = dialer(transport, endpoint, nil, func(address string) { failed = append(failed, address) })
	req := newRequest(t)
	req.URL.Scheme, req.URL.Host = endpoint.Scheme, endpoint.Host
	if _, got, err := p.Exchange(t.Context(), req); got != answer.FaultNone {
		t.Fatal(err)
	}
	if want := []string{"127.0.0.2:" + port}; !slices.Equal(failed, want) {
		t.Errorf("failed at %v, want %v", failed, want)
	}
}
