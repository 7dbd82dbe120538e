package api

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
)

// A token for anything but what was asked for is not used, and the password that
// brought it is not sent again.
func TestTokenOfAnother(t *testing.T) {
	token := func(identity string) string { return `{"token":{` + identity + `}}` }
	for _, row := range []struct{ name, body, want string }{
		{"the one asked for", token(peertest.IdentityOf("cn-north-4", "user", "domain")), ""},
		{"in another case", token(peertest.IdentityOf("CN-North-4", "USER", "Domain")), ""},
		{"the account once", token(`"project":{"name":"cn-north-4"},"user":{"name":"user","domain":{"name":"domain"}}`), ""},
		{"nobody", token(`"project":{"name":"cn-north-4"}`), ""},
		{"no account", token(`"project":{"name":"cn-north-4"},"user":{"name":"user"}`), ""},
		{"a byte order mark and spaces", "\ufeff \n" + token(peertest.IdentityOf(" cn-north-4 ", "user", "domain")) + "\n ", ""},
		{"project", token(peertest.IdentityOf("cn-east-3", "user", "domain")), `IAM's token is for another project: "cn-east-3", where "cn-north-4" was asked for`},
		{"user", token(peertest.IdentityOf("cn-north-4", "root", "domain")), `another user: "root", where "user" was asked for`},
		{"account", token(peertest.IdentityOf("cn-north-4", "user", "acme")), `another account of the user: "acme", where "domain" was asked for`},
		{
			"account of the project", token(`"project":{"name":"cn-north-4","domain":{"name":"acme"}},"user":{"name":"user","domain":{"name":"domain"}}`),
			`another account of the project: "acme"`,
		},
		{"a whole account", token(`"domain":{"name":"domain"},"user":{"name":"user","domain":{"name":"domain"}}`), `does not name the project`},
		{"nothing", `{}`, `does not name the project`},
		{"no JSON", `<html>`, `does not say whose the token is`},
		{"another type", `{"token":[]}`, `does not say whose the token is`},
		{"a secret in its place", token(peertest.IdentityOf(peertest.Token, "user", "domain")), `another project: "***"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var logins atomic.Int64
			login := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				logins.Add(1)
				w.Header().Set("X-Subject-Token", peertest.Token)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, row.body)
			})
			sent := peertest.Serve(t, func(http.ResponseWriter, *http.Request) {
				if row.want != "" {
					t.Error("a DELETE was sent")
				}
			})
			c := newTestClient(t, sent.URL, func(o *Options) { o.Credentials = newPassword(t, iam.Server{Endpoint: login.URL}) })
			for range 2 {
				err := c.Ready(t.Context())
				if err == nil {
					_, err = c.DeleteTask(t.Context(), peertest.TaskID)
				}
				if row.want == "" {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				if peertest.Fault(t, err) != answer.FaultRefused || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "lanted") {
					t.Errorf("got %v, want %s with %s", err, answer.FaultRefused, row.want)
				}
			}
			if logins.Load() != 1 {
				t.Errorf("%d logins", logins.Load())
			}
		})
	}
}

// No redirect is followed, to wherever and whatever its status: no token and no
// password leaves the endpoint.
func TestRedirectsAreNotFollowed(t *testing.T) {
	target := peertest.Serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		t.Errorf("followed: %s %s %v %s", r.Method, r.URL, r.Header, body)
	})
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		var asked atomic.Int64
		s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Location", target.URL+r.URL.Path)
			w.WriteHeader(status)
		})
		c := newTestClient(t, s.URL, nil)
		for _, row := range taskCalls {
			if a, err := row.ask(c, t.Context(), peertest.TaskID); err != nil || a.Status != status {
				t.Errorf("%s, %d: %+v, %v", row.name, status, a, err)
			}
		}
		if err := newPassword(t, iam.Server{Endpoint: s.URL}).Ready(t.Context()); peertest.Fault(t, err) != answer.FaultRefused {
			t.Errorf("login, %d: %v", status, err)
		}
		if asked.Load() != 4 {
			t.Errorf("%d: %d requests, want 4", status, asked.Load())
		}
	}
}

// A server that speaks an older TLS gets nothing, also when its certificate is
// trusted.
func TestOldTLS(t *testing.T) {
	for _, row := range []struct {
		version uint16
		want    answer.Fault
	}{{tls.VersionTLS10, answer.FaultTLS}, {tls.VersionTLS11, answer.FaultTLS}, {tls.VersionTLS12, answer.FaultNone}, {tls.VersionTLS13, answer.FaultNone}} {
		t.Run(tls.VersionName(row.version), func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.TLS.Version < tls.VersionTLS12 {
					t.Error("a request arrived")
				}
				peertest.WriteToken(w, peertest.Token, time.Hour)
			}))
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: row.version} //nolint:gosec // that is the point
			s.Config.ErrorLog = peertest.Quiet
			s.StartTLS()
			t.Cleanup(s.Close)
			ca := peertest.WriteFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
			c := newTestClient(t, s.URL, func(o *Options) { o.CAFile = ca })
			_, err := c.DeleteTask(t.Context(), peertest.TaskID)
			if row.want == answer.FaultNone {
				if err != nil {
					t.Error(err)
				}
			} else if peertest.Fault(t, err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
			err = newPassword(t, iam.Server{Endpoint: s.URL, CAFile: ca}).Ready(t.Context())
			if (err == nil) != (row.want == answer.FaultNone) {
				t.Errorf("login: %v", err)
			}
		})
	}
}

// Nothing in the module can turn the verification of certificates off.
func TestNoInsecureSwitch(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		for _, word := range []string{"InsecureSkipVerify", "VerifyPeerCertificate", "VerifyConnection"} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s has %s", path, word)
			}
		}
		return err
	})
	if err != nil || files < 50 {
		t.Errorf("%d files looked at, error %v", files, err)
	}
}

// What a proxy says when it refuses is told without the password it was given.
func TestProxySecretsAreHidden(t *testing.T) {
	const user = "proxy-user"
	proxy := "http://" + peertest.Listen(t, func(conn net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 407 %s no %s\r\nContent-Length: 0\r\n\r\n", req.Header.Get("Proxy-Authorization"), peertest.Password)
	})
	via, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	via.User = url.UserPassword(user, peertest.Password)
	c, err := New(Options{Endpoint: "https://check.example", Credentials: anyone{}, Proxy: func(*http.Request) (*url.URL, error) { return via, nil }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DeleteTask(t.Context(), peertest.TaskID)
	if peertest.Fault(t, err) != answer.FaultProxy || !strings.Contains(err.Error(), "Basic ***== no ***") {
		t.Errorf("got %v", err)
	}
}
