package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// iamServer starts an IAM that answers logins with f.
func iamServer(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	return peertest.Serve(t, f).URL
}

// newPassword returns credentials at the IAM at url.
func newPassword(t *testing.T, url string, f func(*PasswordOptions)) *Password {
	t.Helper()
	o := PasswordOptions{
		Server: Server{Endpoint: url}, Domain: "domain", User: "user", Project: "cn-north-4", Password: secret.Value(peertest.Password),
	}
	if f != nil {
		f(&o)
	}
	p, err := NewPassword(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.CloseIdleConnections)
	return p
}

// authorize asks p for a token and returns it.
func authorize(t testing.TB, p *Password) (string, uint64, error) {
	t.Helper()
	req := newRequest(t)
	generation, err := p.Authorize(t.Context(), req)
	return req.Header.Get("X-Auth-Token"), generation, err
}

func TestPasswordLogsIn(t *testing.T) {
	var got *http.Request
	var body map[string]any
	url := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		peertest.WriteToken(w, peertest.Token, 24*time.Hour)
	})
	p := newPassword(t, url, nil)
	token, generation, err := authorize(t, p)
	if token != peertest.Token || generation != 1 || err != nil || p.Logins() != 1 {
		t.Fatalf("token %q, generation %d, %v, logins %d", token, generation, err, p.Logins())
	}
	if line := got.Method + " " + got.RequestURI; line != "POST /v3/auth/tokens?nocatalog=true" {
		t.Errorf("sent %s", line)
	}
	if contentType := got.Header.Get("Content-Type"); contentType != "application/json;charset=utf8" {
		t.Errorf("content type %s", contentType)
	}
	want := map[string]any{"auth": map[string]any{
		"identity": map[string]any{
			"methods": []any{"password"},
			"password": map[string]any{"user": map[string]any{
				"name": "user", "password": peertest.Password, "domain": map[string]any{"name": "domain"},
			}},
		},
		"scope": map[string]any{"project": map[string]any{"name": "cn-north-4", "domain": map[string]any{"name": "domain"}}},
	}}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if _, generation, err = authorize(t, p); generation != 1 || err != nil || p.Logins() != 1 {
		t.Errorf("second request: generation %d, %v, logins %d", generation, err, p.Logins())
	}
}

// However many requests are rejected at once, there is one login.
func TestRejectedTogetherRenewedOnce(t *testing.T) {
	var n atomic.Int64
	url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		token := fmt.Sprintf("token-%d", n.Add(1))
		time.Sleep(20 * time.Millisecond)
		peertest.WriteToken(w, token, time.Hour)
	})
	p := newPassword(t, url, nil)
	if _, _, err := authorize(t, p); err != nil {
		t.Fatal(err)
	}
	age(p)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if err := p.Renew(t.Context(), rejectedWith(1)); err != nil {
				t.Error(err)
			}
			if token, generation, err := authorize(t, p); token != "token-2" || generation != 2 || err != nil {
				t.Errorf("token %s, generation %d, %v", token, generation, err)
			}
		})
	}
	wg.Wait()
	// A straggler with the old token learns of the new one without a login.
	if err := p.Renew(t.Context(), rejectedWith(1)); err != nil {
		t.Error(err)
	}
	if p.Logins() != 2 || n.Load() != 2 {
		t.Errorf("logins %d, seen by IAM %d, want 2", p.Logins(), n.Load())
	}
}

// The one who started a login may go; the others get its token all the same.
func TestFirstWaiterCanceled(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-proceed
		peertest.WriteToken(w, "token-1", time.Hour)
	})
	p := newPassword(t, url, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := p.Authorize(ctx, newRequest(t))
		first <- err
	}()
	<-arrived
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if token, _, err := authorize(t, p); token != "token-1" || err != nil {
				t.Errorf("token %s, %v", token, err)
			}
		})
	}
	cancel()
	if err := <-first; peertest.Fault(t, err) != answer.FaultStopped || !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	close(proceed)
	wg.Wait()
	if p.Logins() != 1 {
		t.Errorf("logins %d, want 1", p.Logins())
	}
}

// A wrong password is sent once, and then not before it has changed.
func TestWrongPasswordIsSentOnce(t *testing.T) {
	path := peertest.WriteFile(t, "password", peertest.Password+"\n")
	var n atomic.Int64
	url := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"right"`) {
			peertest.WriteToken(w, "token", time.Hour)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":{"code":401,"message":"no such password: %s","title":"Unauthorized"}}`, peertest.Password)
	})
	p := newPassword(t, url, func(o *PasswordOptions) { o.Password = secret.File(path) })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 20 {
				_, _, err := authorize(t, p)
				if peertest.Fault(t, err) != answer.FaultRefused || strings.Contains(err.Error(), peertest.Password) {
					t.Errorf("authorize: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 || p.Logins() != 1 {
		t.Errorf("IAM saw %d logins, counted %d, want 1", n.Load(), p.Logins())
	}
	// The password is looked at again after a second, and only a new one is sent.
	openGate(p)
	if _, _, err := authorize(t, p); peertest.Fault(t, err) != answer.FaultRefused || n.Load() != 1 {
		t.Errorf("unchanged: %v after %d logins", err, n.Load())
	}
	peertest.Rewrite(t, path, "")
	openGate(p)
	if _, _, err := authorize(t, p); peertest.Fault(t, err) != answer.FaultLogin || n.Load() != 1 {
		t.Errorf("file empty: %v after %d logins", err, n.Load())
	}
	peertest.Rewrite(t, path, peertest.Password)
	openGate(p)
	if _, _, err := authorize(t, p); peertest.Fault(t, err) != answer.FaultRefused || n.Load() != 1 {
		t.Errorf("restored: %v after %d logins", err, n.Load())
	}
	peertest.Rewrite(t, path, "right")
	openGate(p)
	if token, _, err := authorize(t, p); token != "token" || err != nil || n.Load() != 2 {
		t.Errorf("changed: %q, %v after %d logins", token, err, n.Load())
	}
}

// age makes the token in use older than one that the service may not know yet.
func age(p *Password) {
	t := p.current.Load()
	t.since = t.since.Add(-2 * youth)
}

// openGate ends the wait before the next look at a password.
func openGate(p *Password) {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.gate.opens = time.Time{}
}

// What IAM answers decides whether a login is over for good.
func TestLoginFaults(t *testing.T) {
	for _, row := range []struct {
		name       string
		status     int
		body       string
		want       answer.Fault
		retryAfter string
		least      time.Duration // of the wait in the error
	}{
		{"wrong password", 401, `{"error":{"code":401,"message":"x"}}`, answer.FaultRefused, "", 0},
		{"account locked", 401, `{"error_code":"IAM.0061","error_msg":"x"}`, answer.FaultRefused, "", 0},
		{"not allowed", 403, `{"error_code":"IAM.0002","error_msg":"x"}`, answer.FaultRefused, "", 0},
		{"bad request", 400, `{}`, answer.FaultRefused, "", 0},
		{"no such project", 404, `{}`, answer.FaultRefused, "", 0},
		{"page of a firewall", 403, `<html>`, answer.FaultRefused, "", 0},
		{"page of a portal", 200, `<html>`, answer.FaultRefused, "", 0},
		{"throttled", 429, `{"error_code":"IAM.0012"}`, answer.FaultLogin, "30", 30 * time.Second},
		{"throttled for a year", 429, `{}`, answer.FaultLogin, "31536000", longestAsked},
		{"broken", 500, ``, answer.FaultLogin, "", firstWait / 2},
		{"away", 503, ``, answer.FaultLogin, "7", 7 * time.Second},
		{"redirect", 302, ``, answer.FaultRefused, "", 0},
		{"login at a proxy", 407, ``, answer.FaultRefused, "", 0},
		{"too early", 425, `{}`, answer.FaultLogin, "", firstWait / 2},
		{"no token", 201, `{}`, answer.FaultLogin, "", firstWait / 2},
		{"no 201", 200, `null`, answer.FaultLogin, "", firstWait / 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-IAM-Trace-Id", "trace")
				w.Header().Set("Retry-After", row.retryAfter)
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
			})
			p := newPassword(t, url, nil)
			for i := range 3 {
				_, _, err := authorize(t, p)
				if peertest.Fault(t, err) != row.want {
					t.Fatalf("%d: got %v, want %s", i, err, row.want)
				}
				e, _ := errors.AsType[*answer.Error](err)
				if e.Answer.Status != row.status || e.Answer.RequestID != "trace" {
					t.Errorf("answer %+v", e.Answer)
				}
				if wait := e.Answer.RetryAfter; wait < row.least-time.Second/10 || wait > row.least+2*time.Second {
					t.Errorf("wait %v, want about %v", wait, row.least)
				}
			}
			if p.Logins() != 1 {
				t.Errorf("%d logins", p.Logins())
			}
		})
	}
}

// A token in a strange answer is no token, and is not shown.
func TestLoginHidesStrayToken(t *testing.T) {
	url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Subject-Token", peertest.Token)
		_, _ = io.WriteString(w, "your token is "+peertest.Token+" and your password "+peertest.Password)
	})
	_, _, err := authorize(t, newPassword(t, url, nil))
	if peertest.Fault(t, err) != answer.FaultLogin || strings.Contains(err.Error(), "lanted") {
		t.Errorf("got %v", err)
	}
}

func TestLoginUnreachable(t *testing.T) {
	p := newPassword(t, "http://127.0.0.1:1", nil)
	_, _, err := authorize(t, p)
	if e, _ := errors.AsType[*answer.Error](err); peertest.Fault(t, err) != answer.FaultLogin || e.Answer.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(err.Error(), "log in to IAM at 127.0.0.1:1: login: connect: ") {
		t.Errorf("got %v", err)
	}
}

func TestLifetime(t *testing.T) {
	const issued, day = "2020-01-04T09:05:22.701000Z", "2020-01-05T09:05:22.701000Z"
	for _, row := range []struct {
		name, issued, expires string
		want                  time.Duration
	}{
		{"documented", issued, day, 24 * time.Hour},
		{"over before it began", day, issued, assumedLife},
		{"no life at all", issued, issued, assumedLife},
		{"no begin", "", day, assumedLife},
		{"no date", issued, "tomorrow", assumedLife},
		{"for ever", issued, "9999-01-01T00:00:00Z", longestLife},
	} {
		body, err := json.Marshal(object{"token": object{"issued_at": row.issued, "expires_at": row.expires}})
		if err != nil {
			t.Fatal(err)
		}
		if got := lifetime(body); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
	if got := lifetime([]byte("<html>")); got != assumedLife {
		t.Errorf("no JSON: %v", got)
	}
}

func TestNewPasswordRefuses(t *testing.T) {
	good := PasswordOptions{Server: Server{Endpoint: "https://iam.example"}, Domain: "d", User: "u", Project: "p", Password: secret.Value("x")}
	for name, spoil := range map[string]func(*PasswordOptions){
		"no domain":      func(o *PasswordOptions) { o.Domain = "" },
		"no user":        func(o *PasswordOptions) { o.User = "" },
		"no project":     func(o *PasswordOptions) { o.Project = "" },
		"no source":      func(o *PasswordOptions) { o.Password = nil },
		"empty password": func(o *PasswordOptions) { o.Password = secret.Value("") },
		"bad endpoint":   func(o *PasswordOptions) { o.Server.Endpoint = "http://iam.example" },
		"bad CA":         func(o *PasswordOptions) { o.Server.CAFile = "/nowhere" },
	} {
		o := good
		spoil(&o)
		if p, err := NewPassword(o); p != nil || err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
