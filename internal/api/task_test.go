package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
)

// taskCalls are all calls about a task, with what each of them sends.
var taskCalls = []struct {
	name, op, line string
	ask            func(*Client, context.Context, string) (answer.Answer, error)
}{
	{"delete", "delete task", "DELETE /v2/tasks/" + peertest.TaskID, (*Client).DeleteTask},
	{"stop", "stop task", "POST /v2/tasks/" + peertest.TaskID + "/stop", (*Client).StopTask},
	{"look", "look at task", "GET /v2/tasks/" + peertest.TaskID + "/progress", (*Client).LookAtTask},
}

// What is sent is the documented request and nothing more; a POST tells that its
// body is empty, as servers want it.
func TestTaskCallsSend(t *testing.T) {
	for _, row := range taskCalls {
		t.Run(row.name, func(t *testing.T) {
			var got *http.Request
			var body []byte
			s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				_, _ = io.WriteString(w, "null")
			})
			a, err := row.ask(newTestClient(t, s.URL, nil), t.Context(), peertest.TaskID)
			if err != nil || a.Status != 200 || a.Body != answer.BodyNull || a.Credential != 7 {
				t.Errorf("answer %+v, %v", a, err)
			}
			if line := got.Method + " " + got.RequestURI; line != row.line || len(body) != 0 {
				t.Errorf("sent %s with the body %q, want %s", line, body, row.line)
			}
			want := http.Header{
				"Content-Type": {"application/json"}, "X-Language": {"en-us"},
				"User-Agent": {"cleaner"}, "X-Auth-Token": {peertest.Token}, "Accept-Encoding": {"identity"},
			}
			if got.Method == http.MethodPost {
				want.Set("Content-Length", "0")
			}
			if diff := cmp.Diff(want, got.Header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

// Every call refuses what is no ID, names itself in its errors, and shows no
// secret of the request, whatever is echoed.
func TestTaskCallsFail(t *testing.T) {
	garbage := newTestClient(t, "http://"+peertest.Listen(t, peertest.Answering("nonsense "+peertest.Token+"\r\n\r\n")), nil)
	out := newTestClient(t, "http://127.0.0.1:1", func(o *Options) { o.Credentials = nobody{} })
	for _, row := range taskCalls {
		_, err := row.ask(garbage, t.Context(), "a/../b")
		if peertest.Fault(t, err) != answer.FaultInvalid || !strings.HasPrefix(err.Error(), row.op+": invalid: ") {
			t.Errorf("%s: %v", row.name, err)
		}
		_, err = row.ask(garbage, t.Context(), peertest.TaskID)
		if peertest.Fault(t, err) != answer.FaultReset || !strings.HasPrefix(err.Error(), row.op+" "+peertest.TaskID+": ") || strings.Contains(err.Error(), "lanted") {
			t.Errorf("%s: %v", row.name, err)
		}
		_, err = row.ask(out, t.Context(), peertest.TaskID)
		if peertest.Fault(t, err) != answer.FaultLogin || !strings.HasPrefix(err.Error(), "authorize request to "+row.op+" "+peertest.TaskID+": ") {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// A client that may only read sends nothing else, and says whose mistake it is;
// neither the token nor the cause of the end of the caller's wait changes that.
func TestReadOnly(t *testing.T) {
	var seen []string
	s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method)
		_, _ = io.WriteString(w, `{"task_status":2}`)
	})
	for name, change := range map[string]func(*Options){
		"own transport":   func(*Options) {},
		"given transport": func(o *Options) { o.Transport = http.DefaultTransport },
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
			c := newTestClient(t, s.URL, func(o *Options) { o.ReadOnly = true; change(o) })
			for _, row := range taskCalls {
				a, err := row.ask(c, t.Context(), peertest.TaskID)
				if row.name == "look" {
					if err != nil || a.Body != answer.BodyTask {
						t.Errorf("look: %+v, %v", a, err)
					}
					continue
				}
				want := fmt.Sprintf("%s %s: refused: this is a mistake in cleaner, and nothing was sent: %s was asked for where only reading is allowed", row.op, peertest.TaskID, row.line)
				if peertest.Fault(t, err) != answer.FaultRefused || !errors.Is(err, ErrReadOnly) || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
			}
			if len(seen) != 1 || seen[0] != http.MethodGet {
				t.Errorf("%v arrived", seen)
			}
		})
	}
}

// Every method there is, and some that there are not: two pass.
func TestGuardKnowsTwoMethods(t *testing.T) {
	var passed []string
	guard := readOnly{peertest.RoundTripper(func(r *http.Request) (*http.Response, error) {
		passed = append(passed, r.Method)
		return nil, context.Canceled
	})}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "", "get", "PURGE"} {
		req := newRequest(t)
		req.Method = method
		_, err := guard.RoundTrip(req) //nolint:bodyclose // there is none
		if let := method == "GET" || method == "HEAD"; errors.Is(err, ErrReadOnly) == let {
			t.Errorf("%q: %v", method, err)
		}
	}
	if diff := cmp.Diff([]string{"GET", "HEAD"}, passed); diff != "" {
		t.Errorf("passed (-want +got):\n%s", diff)
	}
}

// A login is no request of the client: it is made although the client may only
// read, and what the client may not do needs none.
func TestReadOnlyLogsIn(t *testing.T) {
	login := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { peertest.WriteToken(w, peertest.Token, time.Hour) })
	p := newPassword(t, iam.Server{Endpoint: login.URL})
	s := peertest.Serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("X-Auth-Token") != peertest.Token {
			t.Errorf("%s %s arrived with the token %q", r.Method, r.URL, r.Header.Get("X-Auth-Token"))
		}
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.ReadOnly, o.Credentials = true, p })
	if _, err := c.LookAtTask(t.Context(), peertest.TaskID); err != nil || p.Logins() != 1 {
		t.Errorf("%v after %d logins", err, p.Logins())
	}
}
