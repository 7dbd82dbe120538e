package iam

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/api"
	"cleaner/internal/rig/peertest"
)

// lateService accepts a token only some time after IAM has given it, and until its
// life is over.
type lateService struct {
	iam  *peertest.IAM
	late time.Duration
}

func (s lateService) RoundTrip(r *http.Request) (*http.Response, error) {
	token := r.Header.Get(headerToken)
	age, known := s.iam.Age(token)
	if !known || age < s.late || !s.iam.Accepts(token) {
		return &http.Response{StatusCode: http.StatusUnauthorized, Body: io.NopCloser(strings.NewReader(`{"error_code":"APIGW.0307","error_msg":"The token must be updated"}`))}, nil
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("null")), ContentLength: 4}, nil
}

// On a service where tokens work a while after they were given there is one login,
// and one more when the first token ends; then no request is rejected, for the old
// token serves until the service knows the new one.
func TestLateTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(time.Hour, 0)
		p := fakePassword(t, iam)
		c, err := api.New(api.Options{Endpoint: "https://check.example", Credentials: p, Transport: lateService{iam: iam, late: 1500 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		rejected := 0
		for began := time.Now(); time.Since(began) < 90*time.Minute; {
			if err := c.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			a, err := c.DeleteTask(t.Context(), peertest.TaskID)
			if err != nil {
				t.Fatal(err)
			}
			if a.Status == http.StatusUnauthorized {
				rejected++
				err := p.Renew(t.Context(), a)
				if peertest.Fault(t, err) != answer.FaultLogin || !strings.Contains(err.Error(), "APIGW.0307 The token must be updated") {
					t.Fatalf("renew: %v", err)
				}
				time.Sleep(failure(t, err).Answer.RetryAfter)
				continue
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := iam.Asked.Load(); n != 2 || rejected != 2 {
			t.Errorf("%d logins, %d requests rejected, want 2 and 2", n, rejected)
		}
	})
}

// A new token that the service takes longer to learn of rests while the old one
// serves, and is tried again.
func TestOldTokenServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(time.Hour, 0)
		p := fakePassword(t, iam)
		carries := func(want string) {
			t.Helper()
			if token, _, err := authorize(t, p); token != want || err != nil {
				t.Errorf("after %v: carries %s, %v, want %s", time.Since(p.current.Load().since), token, err, want)
			}
		}
		carries("token-1")
		p.Accepted(1)
		time.Sleep(49 * time.Minute)
		carries("token-1") // and the next one is fetched
		synctest.Wait()
		carries("token-1")
		time.Sleep(youth)
		carries("token-2")
		// The old one is rejected: the new one serves, however young.
		p.put(&token{header: []string{"token-3"}, since: time.Now(), life: time.Hour}, time.Now())
		carries("token-2")
		if err := p.Renew(t.Context(), rejectedWith(2)); err != nil {
			t.Error(err)
		}
		carries("token-3")
		if n := iam.Asked.Load(); n != 2 {
			t.Errorf("%d logins", n)
		}
	})
}

// A password that has worked and is then refused is waited for until it changes, as
// long as the patience is; nothing is sent meanwhile.
func TestPasswordIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, right, asked := &counted{text: "one"}, "one", 0
		p := newPassword(t, "https://iam.example", func(o *PasswordOptions) {
			o.Password = source.read
			o.Server.Transport = peertest.RoundTripper(func(r *http.Request) (*http.Response, error) {
				asked++
				body, _ := io.ReadAll(r.Body)
				if strings.Contains(string(body), `"password":"`+right+`"`) {
					return peertest.NewIAM(time.Hour, 0).RoundTrip(r)
				}
				return &http.Response{StatusCode: http.StatusUnauthorized, Body: io.NopCloser(strings.NewReader(`{"error_code":"IAM.0062","error_msg":"wrong"}`))}, nil
			})
		})
		tries := func(want answer.Fault) told {
			t.Helper()
			_, _, err := authorize(t, p)
			if err == nil {
				if want != answer.FaultNone {
					t.Errorf("logged in, want %s", want)
				}
				return told{}
			}
			if peertest.Fault(t, err) != want || !strings.Contains(err.Error(), "HTTP 401 IAM.0062 wrong") {
				t.Errorf("got %v, want %s", err, want)
			}
			return told{err.Error(), failure(t, err).Answer.RetryAfter}
		}
		tries(answer.FaultNone)
		p.Accepted(1)
		right = "two"
		time.Sleep(time.Hour)
		for range 14 * 60 {
			if e := tries(answer.FaultLogin); !strings.Contains(e.text, "waiting until ") || e.wait <= 0 {
				t.Fatalf("got %v", e)
			}
			time.Sleep(time.Second)
		}
		if asked != 2 {
			t.Errorf("%d logins, want 2", asked)
		}
		source.text = "two"
		time.Sleep(lookEvery)
		tries(answer.FaultNone)
		p.Accepted(2)
		right = "three"
		time.Sleep(time.Hour)
		tries(answer.FaultLogin)
		time.Sleep(Patience)
		tries(answer.FaultRefused)
		source.text = "four" // never worked: refused at once
		time.Sleep(lookEvery)
		tries(answer.FaultRefused)
		if asked != 5 {
			t.Errorf("%d logins, want 5", asked)
		}
	})
}

// What the service answered is in the error of a renewal, also when IAM is away.
func TestRenewTellsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(time.Hour, 0)
		p := fakePassword(t, iam)
		if _, _, err := authorize(t, p); err != nil {
			t.Fatal(err)
		}
		time.Sleep(youth)
		iam.Down.Store(true)
		err := p.Renew(t.Context(), rejectedWith(1))
		const want = "log in to IAM at iam.example after the service answered HTTP 401 APIGW.0301 signature does not match: login: HTTP 503"
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
		if e, _ := errors.AsType[*answer.Error](err); e.Answer.Status != http.StatusServiceUnavailable {
			t.Errorf("answer %+v", e.Answer)
		}
	})
}
