package iam

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// Certificate and protocol faults at IAM are those of the exchange, and name the host.
func TestLoginTLS(t *testing.T) {
	plain := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { peertest.WriteToken(w, peertest.Token, time.Hour) })
	untrusted := peertest.UntrustedTLS(t)
	for name, url := range map[string]string{
		"unknown CA": untrusted, "plain text": strings.Replace(plain.URL, "http://", "https://", 1),
	} {
		host := strings.TrimPrefix(url, "https://")
		p := newPassword(t, url, nil)
		_, _, err := authorize(t, p)
		if peertest.Fault(t, err) != answer.FaultTLS || !strings.HasPrefix(err.Error(), "log in to IAM at "+host+": tls: ") {
			t.Errorf("%s: %v", name, err)
		}
		_, _, err = authorize(t, p)
		if e, _ := errors.AsType[*answer.Error](err); e.Fault != answer.FaultTLS || p.Logins() != 1 {
			t.Errorf("%s: %v after %d logins", name, err, p.Logins())
		}
		err = newProjectKey(t, url).Ready(t.Context())
		if peertest.Fault(t, err) != answer.FaultTLS || !strings.Contains(err.Error(), host) {
			t.Errorf("%s: project: %v", name, err)
		}
	}
}

// What a proxy refuses at IAM ends the pass, as at the service: its accounts lock too.
// The proxy is named, and asked once.
func TestLoginThroughSquid(t *testing.T) {
	proxy := peertest.StartSquid(t)
	for via, says := range map[string]string{
		proxy.Login:  "answers CONNECT with 407",
		proxy.Closed: "answers CONNECT with 403",
	} {
		p := newPassword(t, "https://iam.example", func(o *PasswordOptions) {
			o.Server.Proxy = func(*http.Request) (*url.URL, error) { return &url.URL{Scheme: "http", Host: via}, nil }
		})
		for range 3 {
			_, _, err := authorize(t, p)
			if peertest.Fault(t, err) != answer.FaultProxy || !strings.Contains(err.Error(), "log in to IAM at iam.example: proxy: the proxy "+via+" "+says) {
				t.Errorf("got %v", err)
			}
		}
		if p.Logins() != 1 {
			t.Errorf("%d logins", p.Logins())
		}
	}
}
