package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cleaner/internal/answer"
	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyone are credentials that let everyone in, with a generation of 7.
type anyone struct{}

func (anyone) Authorize(_ context.Context, req *http.Request) (uint64, error) {
	req.Header.Set(headerToken, peertest.Token)
	return 7, nil
}

func (anyone) Ready(context.Context) error { return nil }

func (anyone) Renew(context.Context, answer.Answer) error { return nil }

func (anyone) Accepted(uint64) {}

// newTestClient returns a client of the server at url, with options changed by f.
func newTestClient(t testing.TB, url string, f func(*Options)) *Client {
	t.Helper()
	o := Options{Endpoint: url, Credentials: anyone{}}
	if f != nil {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// newRequest makes a request that is not sent.
func newRequest(t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://check.example"+tasksPath+peertest.TaskID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// newPassword returns credentials that log in to an IAM.
func newPassword(t testing.TB, s iam.Server) *iam.Password {
	t.Helper()
	p, err := iam.NewPassword(iam.PasswordOptions{
		Server: s, Domain: "domain", User: "user", Project: "cn-north-4", Password: secret.Value(peertest.Password),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.CloseIdleConnections)
	return p
}

// newFakeIAM returns an IAM without a network, and credentials that log in to it.
func newFakeIAM(t testing.TB, life, takes time.Duration) (*peertest.IAM, *iam.Password) {
	t.Helper()
	fake := peertest.NewIAM(life, takes)
	return fake, newPassword(t, iam.Server{Endpoint: "https://iam.example", Transport: fake})
}
