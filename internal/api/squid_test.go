package api

import (

	//nolint:gosec // what squid's password files hold
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/rig/peertest"
)

// What a real proxy answers to CONNECT is told from what the service and the
// network do, and the proxy and the status are named.
func TestSquid(t *testing.T) {
	proxy := peertest.StartSquid(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "null") }))
	s.Config.ErrorLog = peertest.Quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := peertest.WriteFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	target := strings.TrimPrefix(s.URL, "https://")
	user := url.UserPassword(peertest.SquidUser, peertest.SquidPassword)
	for _, row := range []struct {
		name         string
		via          string
		user         *url.Userinfo
		endpoint, ca string
		want         answer.Fault
		says         string
	}{
		{"open", proxy.Open, nil, s.URL, ca, answer.FaultNone, ""},
		{"logged in", proxy.Login, user, s.URL, ca, answer.FaultNone, ""},
		{"no login", proxy.Login, nil, s.URL, ca, answer.FaultProxy, "the proxy " + proxy.Login + " answers CONNECT with 407 Proxy Authentication Required: set its user and password in HTTPS_PROXY"},
		{"wrong login", proxy.Login, url.UserPassword(peertest.SquidUser, peertest.Password), s.URL, ca, answer.FaultProxy, "the proxy " + proxy.Login + " answers CONNECT with 407 Proxy Authentication Required: correct its user and password in HTTPS_PROXY"},
		{"denied", proxy.Closed, nil, s.URL, ca, answer.FaultProxy, "the proxy " + proxy.Closed + " answers CONNECT with 403 Forbidden: have it allow connections to " + target},
		{"nobody there", proxy.Open, nil, "https://" + freeport.ForTest(t), ca, answer.FaultConnect, "the proxy " + proxy.Open + " answers CONNECT with 503 Service Unavailable: it does not reach 127.0.0.1:"},
		{"not trusted", proxy.Open, nil, s.URL, "", answer.FaultTLS, "the certificate of " + target + " is signed by an authority that is not trusted here"},
	} {
		t.Run(row.name, func(t *testing.T) {
			via := &url.URL{Scheme: "http", Host: row.via, User: row.user}
			o := Options{Endpoint: row.endpoint, Credentials: anyone{}, CAFile: row.ca, Proxy: func(*http.Request) (*url.URL, error) { return via, nil }}
			c, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.CloseIdleConnections)
			got, err := c.DeleteTask(t.Context(), peertest.TaskID)
			if row.want == answer.FaultNone {
				if err != nil || got.Body != answer.BodyNull {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if peertest.Fault(t, err) != row.want || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "lanted") {
				t.Errorf("got %v\nwant %s: %s", err, row.want, row.says)
			}
		})
	}
}
