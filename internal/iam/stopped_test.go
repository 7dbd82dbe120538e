package iam

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// A caller that has stopped already starts no login.
func TestStoppedStartsNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iam := peertest.NewIAM(time.Hour, 0)
		p := fakePassword(t, iam)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, err := p.Authorize(ctx, newRequest(t))
		synctest.Wait()
		if peertest.Fault(t, err) != answer.FaultStopped || iam.Asked.Load() != 0 {
			t.Errorf("got %v after %d logins", err, iam.Asked.Load())
		}
	})
}

// A stop ends the wait for a login, and is no login that failed: the login goes
// on for others.
func TestStoppedWaitingForLogin(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	url := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-proceed
		peertest.WriteToken(w, "token-1", time.Hour)
	})
	p := newPassword(t, url, nil)
	c := newClient(t, "https://check.example", p)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { <-arrived; stop() })
	if err := c.Ready(ctx); peertest.Fault(t, err) != answer.FaultStopped || !errors.Is(err, context.Canceled) {
		t.Errorf("while waiting: %v", err)
	}
	wg.Wait()
	if err := p.Renew(ctx, rejectedWith(0)); peertest.Fault(t, err) != answer.FaultStopped {
		t.Errorf("renew: %v", err)
	}
	close(proceed)
	if token, _, err := authorize(t, p); token != "token-1" || err != nil || p.Logins() != 1 {
		t.Errorf("afterwards: %q, %v, %d logins", token, err, p.Logins())
	}
}
