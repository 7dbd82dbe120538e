package iam

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// A refusal is known by its status: that the text which says why was lost on the
// way is no reason to send the password again. Only 401 blames the password, unless it
// is a page, which is not IAM's: after any other refusal it may be sent again later.
func TestRefusalWithoutBody(t *testing.T) {
	for _, row := range []struct {
		name, status, header, body string
		want                       answer.Fault
		once                       bool // it is never sent again
	}{
		{"cut", "401 Unauthorized", "Content-Length: 100", `{"error":`, answer.FaultRefused, true},
		{"cut before the body", "403 Forbidden", "Content-Length: 100", "", answer.FaultRefused, false},
		{"no length and no body", "404 Not Found", "X-A: b", "", answer.FaultRefused, false},
		{"cut between chunks", "400 Bad Request", "Transfer-Encoding: chunked", "4\r\nnull\r\n", answer.FaultRefused, false},
		{"too big", "401 Unauthorized", "Content-Length: 2000000", strings.Repeat("x", 2_000_000), answer.FaultRefused, true},
		{"binary", "401 Unauthorized", "Content-Length: 2", "\x00\xff", answer.FaultRefused, true},
		{"page that is cut", "401 Unauthorized", "Content-Type: text/html\r\nContent-Length: 100", "<html>", answer.FaultRefused, false},
		{"away and cut", "503 Service Unavailable", "Retry-After: 60\r\nContent-Length: 100", "{", answer.FaultLogin, false},
		{"token and cut", "201 Created", "X-Subject-Token: " + peertest.Token + "\r\nContent-Length: 100", "{", answer.FaultLogin, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var n atomic.Int64
			p := newPassword(t, "http://"+peertest.Listen(t, func(c net.Conn) {
				n.Add(1)
				peertest.Answering("HTTP/1.1 " + row.status + "\r\n" + row.header + "\r\n\r\n" + row.body)(c)
			}), nil)
			_, _, err := authorize(t, p)
			if peertest.Fault(t, err) != row.want || strings.Contains(err.Error(), "lanted") {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			got := failure(t, err).Answer
			if !strings.HasPrefix(row.status, fmt.Sprint(got.Status)) {
				t.Errorf("answer %+v", got)
			}
			if asked := strings.Contains(row.header, "Retry-After"); asked != (got.RetryAfter >= time.Minute) {
				t.Errorf("wait %v", got.RetryAfter)
			}
			openGate(p)
			_, _, err = authorize(t, p)
			if again := n.Load() > 1; again == row.once {
				t.Errorf("%d logins, %v", n.Load(), err)
			}
		})
	}
}

// No refused password is sent twice, whatever was tried in between, even one
// that brought a token.
func TestRefusedPasswordsAreRemembered(t *testing.T) {
	sent := map[string]int{}
	url := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, password, _ := strings.Cut(string(body), `"password":"`)
		password, _, _ = strings.Cut(password, `"`)
		sent[password]++
		if password == "right" {
			peertest.WriteToken(w, "token", time.Hour)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	path := peertest.WriteFile(t, "password", "A")
	p := newPassword(t, url, func(o *PasswordOptions) { o.Password = secret.File(path) })
	for _, password := range []string{"A", "B", "A", "B", "right", "A", "B"} {
		peertest.Rewrite(t, path, password)
		openGate(p)
		want := answer.FaultRefused
		if password == "right" {
			want = answer.FaultNone
		}
		got := answer.FaultNone
		if p.current.Load() != nil {
			age(p)
			p.current.Load().worked.Store(true)
		}
		if err := p.Renew(t.Context(), rejectedWith(p.current.Load().number())); err != nil {
			got = peertest.Fault(t, err)
		}
		if got != want || sent[password] != 1 {
			t.Errorf("%s: fault %q, want %q, sent %d times", password, got, want, sent[password])
		}
	}
}
