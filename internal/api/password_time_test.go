package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeIAM is an IAM without a network, for tests of time. Its tokens end by its
// own clock, which runs as the test's does.
type fakeIAM struct {
	life, takes time.Duration
	down        atomic.Bool
	asked       atomic.Int64
	issued      sync.Map // of token to time.Time
}

func newFakeIAM(life, takes time.Duration) *fakeIAM {
	return &fakeIAM{life: life, takes: takes}
}

// RoundTrip answers a login after a while.
func (f *fakeIAM) RoundTrip(*http.Request) (*http.Response, error) {
	n := f.asked.Add(1)
	time.Sleep(f.takes)
	w := httptest.NewRecorder()
	if f.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "{}")
		return w.Result(), nil
	}
	token := fmt.Sprintf("token-%d", n)
	f.issued.Store(token, time.Now().Add(-f.takes)) // as if it had been slow to arrive
	writeToken(w, token, f.life)
	return w.Result(), nil
}

// accepts reports whether the service would accept a token now.
func (f *fakeIAM) accepts(token string) bool {
	issued, known := f.issued.Load(token)
	return known && time.Since(issued.(time.Time)) < f.life
}

// fakePassword returns credentials at f.
func fakePassword(t *testing.T, f *fakeIAM) *Password {
	t.Helper()
	return newPassword(t, "https://iam.example", func(o *PasswordOptions) { o.Transport = f })
}

// In two days of steady work no request waits for a login but the first, and
// none carries a token that has ended.
func TestTwoDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := newFakeIAM(24*time.Hour, 5*time.Second)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(48 * time.Hour); time.Now().Before(end); {
			before := time.Now()
			token, _, err := authorize(t, p)
			if err != nil || !iam.accepts(token) {
				t.Fatalf("token %q, %v, accepted: %v", token, err, iam.accepts(token))
			}
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("waited %v", waited)
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
		}
		// Each token serves four fifths of its life: 48 h hold two renewals.
		if p.Logins() != 3 {
			t.Errorf("%d logins, want 3", p.Logins())
		}
	})
}

// IAM is away for the whole time in which a token could be renewed. The old one
// serves to its end, IAM is asked ever more rarely, and all is well again after.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := newFakeIAM(10*time.Hour, time.Second)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		iam.down.Store(true)
		begin := time.Now()
		for time.Since(begin) < 10*time.Hour-2*time.Minute {
			if token, _, err := authorize(t, p); err != nil || token != "token-1" {
				t.Fatalf("after %v: %q, %v", time.Since(begin), token, err)
			}
			time.Sleep(10 * time.Second)
		}
		if n := iam.asked.Load(); n < 10 || n > 61 {
			t.Errorf("%d logins in two hours of outage", n)
		}
		time.Sleep(2 * time.Minute)
		_, _, err := authorize(t, p)
		if fault(t, err) != FaultLogin {
			t.Errorf("after the end of the token: %v", err)
		}
		iam.down.Store(false)
		time.Sleep(2 * longestWait)
		if _, generation, err := authorize(t, p); err != nil || generation != 2 {
			t.Errorf("after the outage: generation %d, %v", generation, err)
		}
	})
}

// A rejected token is carried by no further request, even if IAM is away, and
// callers learn how long to wait without IAM being asked again.
func TestRejectedWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := newFakeIAM(24*time.Hour, 0)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		iam.down.Store(true)
		err := p.Renew(t.Context(), 1)
		for range 10 {
			e := asError(t.Context(), "", err)
			if fault(t, err) != FaultLogin || e.Answer.RetryAfter <= 0 || e.Answer.Status != 503 {
				t.Errorf("got %v, wait %v", err, e.Answer.RetryAfter)
			}
			_, _, err = authorize(t, p)
		}
		if n := iam.asked.Load(); n != 2 {
			t.Errorf("IAM was asked %d times, want 2", n)
		}
		iam.down.Store(false)
		time.Sleep(asError(t.Context(), "", err).Answer.RetryAfter)
		if token, generation, err := authorize(t, p); token != "token-3" || generation != 2 || err != nil {
			t.Errorf("token %s, generation %d, %v", token, generation, err)
		}
	})
}

// A service that rejects every new token does not make a storm of logins.
func TestEveryTokenRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := newFakeIAM(24*time.Hour, 0)
		p := fakePassword(t, iam)
		begin := time.Now()
		for time.Since(begin) < time.Hour {
			_, generation, err := authorize(t, p)
			if err == nil {
				err = p.Renew(t.Context(), generation)
			}
			if err != nil && !strings.Contains(err.Error(), "too many logins") {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if n := iam.asked.Load(); n > loginBurst+20 {
			t.Errorf("%d logins in an hour", n)
		}
	})
}

// A login that hangs ends by its own time limit.
func TestLoginTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPassword(t, "https://iam.example", func(o *PasswordOptions) {
			o.RequestTimeout = 10 * time.Second
			o.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, context.Cause(r.Context())
			})
		})
		begin := time.Now()
		_, _, err := authorize(t, p)
		if fault(t, err) != FaultLogin || time.Since(begin) != 10*time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
}
