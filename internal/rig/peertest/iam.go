package peertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// WriteToken answers a login as IAM does.
func WriteToken(w http.ResponseWriter, token string, life time.Duration) {
	const layout = "2006-01-02T15:04:05.000000Z"
	issued := time.Date(2020, 1, 4, 9, 5, 22, 701000000, time.UTC) // a clock that is years off
	w.Header().Set("X-Subject-Token", token)
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"token":{"issued_at":%q,"expires_at":%q,"roles":[],%s}}`,
		issued.Format(layout), issued.Add(life).Format(layout), IdentityOf("cn-north-4", "user", "domain"))
}

// IdentityOf is how IAM says whose a token is: the members of the answer's "token".
func IdentityOf(project, user, domain string) string {
	return fmt.Sprintf(`"project":{"name":%q,"id":"p1","domain":{"name":%q,"id":"d1"}},"user":{"name":%q,"id":"u1","domain":{"name":%q,"id":"d1"}}`,
		project, domain, user, domain)
}

// IAM is an IAM without a network, for tests of time. Its tokens end by its own clock,
// which runs as the test's does.
type IAM struct {
	// Down says that it answers 503.
	Down atomic.Bool
	// Asked counts the logins.
	Asked atomic.Int64

	life, takes time.Duration
	issued      sync.Map // of token to time.Time
}

// NewIAM returns an IAM whose tokens, token-1 and so on, live for so long, and which
// takes so long to answer.
func NewIAM(life, takes time.Duration) *IAM { return &IAM{life: life, takes: takes} }

// RoundTrip answers a login after a while.
func (f *IAM) RoundTrip(*http.Request) (*http.Response, error) {
	n := f.Asked.Add(1)
	time.Sleep(f.takes)
	w := httptest.NewRecorder()
	if f.Down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "{}")
		return w.Result(), nil
	}
	token := fmt.Sprintf("token-%d", n)
	f.issued.Store(token, time.Now().Add(-f.takes)) // as if it had been slow to arrive
	WriteToken(w, token, f.life)
	return w.Result(), nil
}

// Age returns how old a token is; false when it is none of this IAM's.
func (f *IAM) Age(token string) (age time.Duration, known bool) {
	issued, known := f.issued.Load(token)
	if !known {
		return 0, false
	}
	return time.Since(issued.(time.Time)), true //nolint:forcetypeassert // see issued
}

// Accepts reports whether the service would accept a token now.
func (f *IAM) Accepts(token string) bool {
	age, known := f.Age(token)
	return known && age < f.life
}
