package api

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// changing are the calls that change something.
var changing = map[string]func(*Client, context.Context, string) (answer.Answer, error){
	"delete": (*Client).DeleteTask, "stop": (*Client).StopTask,
}

// What changes something never waits for a login: who sends it has seen to that
// beforehand, and may have changed their mind since. A look logs in by itself.
func TestOnlyReadyLogsIn(t *testing.T) {
	for name, send := range changing {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, credentials := newFakeIAM(t, time.Hour, 10*time.Second)
				sent := ""
				c := newTestClient(t, "https://check.example", func(o *Options) {
					o.Credentials = credentials
					o.Transport = peertest.RoundTripper(func(r *http.Request) (*http.Response, error) {
						sent += r.Header.Get(headerToken) + " "
						return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
					})
				})
				if _, err := send(c, t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultLogin || fake.Asked.Load() != 0 || sent != "" {
					t.Errorf("before it is ready: %v, %d logins, sent with %q", err, fake.Asked.Load(), sent)
				}
				if err := c.Ready(t.Context()); err != nil || fake.Asked.Load() != 1 {
					t.Fatalf("ready: %v, %d logins", err, fake.Asked.Load())
				}
				time.Sleep(2 * time.Hour) // the token has ended
				began := time.Now()
				if _, err := send(c, t.Context(), peertest.TaskID); err != nil || !time.Now().Equal(began) || sent != "token-1 " {
					t.Errorf("after its end: %v after %v, sent with %q", err, time.Since(began), sent)
				}
				if _, err := c.LookAtTask(t.Context(), peertest.TaskID); err != nil || sent != "token-1 token-2 " {
					t.Errorf("look: %v, sent with %q", err, sent)
				}
			})
		})
	}
}

// Ready is asked before every request, and so must cost nothing when there is
// nothing to do.
func TestReadyDoesNotAllocate(t *testing.T) {
	_, credentials := newFakeIAM(t, time.Hour, 0)
	c := newTestClient(t, "https://check.example", func(o *Options) { o.Credentials = credentials })
	if n := testing.AllocsPerRun(100, func() {
		if err := c.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	c = newTestClient(t, "https://check.example", func(o *Options) { o.Credentials = nobody{} })
	if err := c.Ready(t.Context()); err != nil {
		t.Errorf("credentials that nobody has to fetch: %v", err)
	}
}
