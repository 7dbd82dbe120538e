package iam

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// fakePassword returns credentials at f.
func fakePassword(t *testing.T, f *peertest.IAM) *Password {
	t.Helper()
	return newPassword(t, "https://iam.example", func(o *PasswordOptions) { o.Server.Transport = f })
}

// In two days of steady work no request waits for a login but the first, and
// none carries a token that has ended.
func TestTwoDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(24*time.Hour, 5*time.Second)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(48 * time.Hour); time.Now().Before(end); {
			before := time.Now()
			token, _, err := authorize(t, p)
			if err != nil || !iam.Accepts(token) {
				t.Fatalf("token %q, %v, accepted: %v", token, err, iam.Accepts(token))
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
		iam := peertest.NewIAM(10*time.Hour, time.Second)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		iam.Down.Store(true)
		begin := time.Now()
		for time.Since(begin) < 10*time.Hour-2*time.Minute {
			if token, _, err := authorize(t, p); err != nil || token != "token-1" {
				t.Fatalf("after %v: %q, %v", time.Since(begin), token, err)
			}
			time.Sleep(10 * time.Second)
		}
		if n := iam.Asked.Load(); n < 10 || n > 61 {
			t.Errorf("%d logins in two hours of outage", n)
		}
		time.Sleep(2 * time.Minute)
		_, _, err := authorize(t, p)
		if peertest.Fault(t, err) != answer.FaultLogin {
			t.Errorf("after the end of the token: %v", err)
		}
		iam.Down.Store(false)
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
		iam := peertest.NewIAM(24*time.Hour, 0)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		iam.Down.Store(true)
		time.Sleep(youth)
		err := p.Renew(t.Context(), rejectedWith(1))
		for range 10 {
			e := failure(t, err)
			if peertest.Fault(t, err) != answer.FaultLogin || e.Answer.RetryAfter <= 0 || e.Answer.Status != 503 {
				t.Errorf("got %v, wait %v", err, e.Answer.RetryAfter)
			}
			_, _, err = authorize(t, p)
		}
		if n := iam.Asked.Load(); n != 2 {
			t.Errorf("IAM was asked %d times, want 2", n)
		}
		iam.Down.Store(false)
		time.Sleep(failure(t, err).Answer.RetryAfter)
		if token, generation, err := authorize(t, p); token != "token-3" || generation != 2 || err != nil {
			t.Errorf("token %s, generation %d, %v", token, generation, err)
		}
	})
}

// A service that rejects every new token does not make a storm of logins: after two
// the pass ends, and there is one more every few minutes.
func TestEveryTokenRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(24*time.Hour, 0)
		p := fakePassword(t, iam)
		begin := time.Now()
		refused := time.Duration(0)
		for time.Since(begin) < time.Hour {
			_, generation, err := authorize(t, p)
			if err == nil {
				err = p.Renew(t.Context(), rejectedWith(generation))
			}
			if e, ok := errors.AsType[*answer.Error](err); ok && e.Fault == answer.FaultRefused && refused == 0 {
				refused = time.Since(begin)
				if n := iam.Asked.Load(); n != mostUnproven || e.Answer.Codes[0] != "APIGW.0301" {
					t.Errorf("refused after %d logins: %v", n, err)
				}
			}
			time.Sleep(time.Second)
		}
		if refused != 2*youth {
			t.Errorf("refused after %v, want %v", refused, 2*youth)
		}
		if n := iam.Asked.Load(); n > 2+int64(time.Hour/longestWait) {
			t.Errorf("%d logins in an hour", n)
		}
	})
}

// A login that hangs ends by its own time limit, or by that for the header.
func TestLoginTimeout(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{10 * time.Second: 10 * time.Second, 0: 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := newPassword(t, "https://iam.example", func(o *PasswordOptions) {
				o.Server.RequestTimeout = limit
				o.Server.Transport = peertest.RoundTripper(func(r *http.Request) (*http.Response, error) {
					<-r.Context().Done()
					return nil, context.Cause(r.Context())
				})
			})
			begin := time.Now()
			_, _, err := authorize(t, p)
			if peertest.Fault(t, err) != answer.FaultLogin || time.Since(begin) != want {
				t.Errorf("limit %v: got %v after %v", limit, err, time.Since(begin))
			}
		})
	}
}
