package api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A refusal is known by its status: that the text which says why was lost on the
// way is no reason to send the password again. Only a page is not IAM's.
func TestRefusalWithoutBody(t *testing.T) {
	for _, row := range []struct {
		name, status, header, body string
		want                       Fault
	}{
		{"cut", "401 Unauthorized", "Content-Length: 100", `{"error":`, FaultRefused},
		{"cut before the body", "403 Forbidden", "Content-Length: 100", "", FaultRefused},
		{"no length and no body", "404 Not Found", "X-A: b", "", FaultRefused},
		{"cut between chunks", "400 Bad Request", "Transfer-Encoding: chunked", "4\r\nnull\r\n", FaultRefused},
		{"too big", "401 Unauthorized", "Content-Length: 2000000", strings.Repeat("x", 2_000_000), FaultRefused},
		{"binary", "401 Unauthorized", "Content-Length: 2", "\x00\xff", FaultRefused},
		{"page that is cut", "403 Forbidden", "Content-Type: text/html\r\nContent-Length: 100", "<html>", FaultLogin},
		{"away and cut", "503 Service Unavailable", "Retry-After: 60\r\nContent-Length: 100", "{", FaultLogin},
		{"token and cut", "201 Created", "X-Subject-Token: " + plantedToken + "\r\nContent-Length: 100", "{", FaultLogin},
	} {
		t.Run(row.name, func(t *testing.T) {
			var n atomic.Int64
			p := newPassword(t, "http://"+listen(t, func(c net.Conn) {
				n.Add(1)
				answering("HTTP/1.1 " + row.status + "\r\n" + row.header + "\r\n\r\n" + row.body)(c)
			}), nil)
			_, _, err := authorize(t, p)
			if fault(t, err) != row.want || strings.Contains(err.Error(), "lanted") {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			answer := asError(t.Context(), "", err).Answer
			if !strings.HasPrefix(row.status, fmt.Sprint(answer.Status)) {
				t.Errorf("answer %+v", answer)
			}
			if asked := strings.Contains(row.header, "Retry-After"); asked != (answer.RetryAfter >= time.Minute) {
				t.Errorf("wait %v", answer.RetryAfter)
			}
			openGate(p)
			_, _, err = authorize(t, p)
			if again := n.Load() > 1; again != (row.want == FaultLogin) {
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
			writeToken(w, "token", time.Hour)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	path := writeFile(t, "password", "A")
	p := newPassword(t, url, func(o *PasswordOptions) { o.Password = SecretFile(path) })
	for _, password := range []string{"A", "B", "A", "B", "right", "A", "B"} {
		rewrite(t, path, password)
		openGate(p)
		want := FaultRefused
		if password == "right" {
			want = FaultNone
		}
		got := FaultNone
		if err := p.Renew(t.Context(), uint64(p.current.Load().number())); err != nil {
			got = fault(t, err)
		}
		if got != want || sent[password] != 1 {
			t.Errorf("%s: fault %q, want %q, sent %d times", password, got, want, sent[password])
		}
	}
}

// What is remembered is bounded: the oldest refusal is forgotten.
func TestRefusedPasswordsAreBounded(t *testing.T) {
	g, now := newGate(), time.Now()
	refused := &Error{Op: opLogin, Fault: FaultRefused}
	for i := range maxRefused + 1 {
		_ = g.record(NewSecret(fmt.Sprint(i)), refused, now)
	}
	if len(g.refused) != maxRefused {
		t.Errorf("%d remembered, want %d", len(g.refused), maxRefused)
	}
	if err := g.admit(NewSecret("0"), now); err != nil {
		t.Errorf("the oldest: %v", err)
	}
	for i := range maxRefused {
		if g.admit(NewSecret(fmt.Sprint(i+1)), now) == nil {
			t.Errorf("password %d is sent again", i+1)
		}
	}
}
