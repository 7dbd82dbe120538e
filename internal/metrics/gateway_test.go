package metrics

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// User and password go into the header, and nowhere else.
func TestPushAuthenticates(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "me" || password != "s3cr/t" || r.URL.Path != "/base/metrics/job/cleaner" || r.Method != http.MethodPost {
			t.Errorf("%s %s by %q, %q", r.Method, r.URL, user, password)
		}
	}))
	defer s.Close()
	send(t, New("", ""), strings.Replace(s.URL, "://", "://me:s3cr%2Ft@", 1)+"/base/", nil)
}

// Whatever goes wrong, no error shows the address or what the answer repeats.
func TestPushErrorsShowNoSecret(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://planted@elsewhere.invalid/")
		w.WriteHeader(map[string]int{"/r": 307, "/u": 401, "/b": 400}[r.URL.Path[:2]])
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+r.URL.String())
	}))
	defer echo.Close()
	dead := httptest.NewServer(nil)
	dead.Close()
	with := func(u string) string { return strings.Replace(u, "://", "://planted:planted@", 1) }
	for name, c := range map[string]struct{ address, want string }{
		"redirect":       {with(echo.URL) + "/r/planted", "answered 307"},
		"unauthorized":   {with(echo.URL) + "/u/planted", "answered 401"},
		"inconsistent":   {with(echo.URL) + "/b/planted", "answered 400"},
		"refused":        {with(dead.URL), "connection refused"},
		"slash":          {"http://planted:pl/anted@host:9091", "the address"},
		"control":        {"http://planted:planted\x7f@host", "the address"},
		"query":          {"http://host?token=planted", "the address"},
		"other protocol": {"ftp://planted:planted@host", "the address"},
		"no host":        {"http://planted:planted@:9091", "the address"},
		"empty":          {"", "the address"},
		"bad label":      {with(echo.URL), "grouping label"},
	} {
		t.Run(name, func(t *testing.T) {
			group := map[string]string{}
			if name == "bad label" {
				group["result"] = "mine"
			}
			m := New("", "")
			err := m.Push(t.Context(), c.address, group)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "planted") || strings.Contains(e.Error(), "anted@") {
					t.Errorf("the error shows a secret: %v", e)
				}
			}
			shows(t, m, `cleaner_export_failures_total{to="pushgateway"} 1`)
		})
	}
}

// What a client's error hides is not passed on by any road.
func TestFailureTexts(t *testing.T) {
	for want, err := range map[string]error{
		"its host's name does not resolve": &url.Error{URL: "http://planted@h", Err: &net.OpError{Err: &net.DNSError{Name: "planted"}}},
		"its certificate is not trusted":   &url.Error{URL: "http://planted@h", Err: &tls.CertificateVerificationError{Err: errors.New("planted")}},
		"stopped before it answered":       &url.Error{URL: "http://planted@h", Err: context.Canceled},
		"it did not answer in time":        &url.Error{URL: "http://planted@h", Err: context.DeadlineExceeded},
		"the connection failed":            &url.Error{URL: "http://planted@h", Err: errors.New("invalid proxy address planted")},
	} {
		if got := failure(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
