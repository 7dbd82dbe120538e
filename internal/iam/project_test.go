package iam

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// newProjectKey returns an access key that has to ask the IAM at url for the ID of its
// project.
func newProjectKey(t *testing.T, url string) *AccessKey {
	t.Helper()
	a, err := NewAccessKey(AccessKeyOptions{ID: peertest.AccessKey, Secret: secret.Value(peertest.SecretKey), Project: "cn-north-4", Server: Server{Endpoint: url}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.CloseIdleConnections)
	return a
}

// With AK, SK and region alone the project's ID is asked of IAM, once for the process,
// and signed into every request.
func TestProjectIsAskedFor(t *testing.T) {
	var asked atomic.Int64
	iam := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		date, err := time.Parse(dateLayout, r.Header.Get("X-Sdk-Date"))
		if err != nil {
			t.Error(err)
		}
		got := r.Header.Get("Authorization")
		signer{peertest.AccessKey, secret.New(peertest.SecretKey)}.sign(r, []string{"host", "x-sdk-date"}, emptyHash, date)
		if r.Method+" "+r.RequestURI != "GET /v3/projects?name=cn-north-4" || got != r.Header.Get("Authorization") {
			t.Errorf("%s %s signed %s", r.Method, r.RequestURI, got)
		}
		_, _ = io.WriteString(w, "\ufeff"+`{"links":{},"projects":[{"id":"p0","name":"cn-north-4_x"},{"id":"p1","name":"cn-north-4"}]}`)
	})
	service := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Project-Id") != "p1" || !strings.Contains(r.Header.Get("Authorization"), "x-project-id") {
			t.Errorf("header %v", r.Header)
		}
		_, _ = io.WriteString(w, "null")
	})
	a := newProjectKey(t, iam)
	c := newClient(t, service.URL, a)
	if _, err := c.DeleteTask(t.Context(), peertest.TaskID); peertest.Fault(t, err) != answer.FaultLogin || asked.Load() != 0 {
		t.Errorf("before it is ready: %v, asked %d times", err, asked.Load())
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := c.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if asked.Load() != 1 {
		t.Errorf("IAM was asked %d times", asked.Load())
	}
}

// What IAM answers instead of one project is told, and what to do.
func TestProjectIsNotFound(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   answer.Fault
		says   string
	}{
		{"none", 200, `{"projects":[]}`, answer.FaultRefused, `IAM names 0 projects "cn-north-4"`},
		{"two", 200, `{"projects":[{"id":"a","name":"cn-north-4"},{"id":"b","name":"cn-north-4"}]}`, answer.FaultRefused, "IAM names 2 projects"},
		{"no ID", 200, `{"projects":[{"name":"cn-north-4"}]}`, answer.FaultRefused, "no ID"},
		{"no list", 200, `<html>`, answer.FaultRefused, "is no list of projects"},
		{"wrong key", 401, `{"error_code":"APIGW.0301","error_msg":"ak not exist"}`, answer.FaultRefused, "HTTP 401 APIGW.0301 ak not exist: check the access key"},
		{"not allowed", 403, `{"error_code":"IAM.0002"}`, answer.FaultRefused, "HTTP 403 IAM.0002"},
		{"away", 503, ``, answer.FaultLogin, "HTTP 503"},
		{"throttled", 429, `{"error_code":"IAM.0012"}`, answer.FaultLogin, "HTTP 429 IAM.0012"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var asked atomic.Int64
			a := newProjectKey(t, iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
			}))
			c := newClient(t, "https://check.example", a)
			for range 3 {
				err := c.Ready(t.Context())
				if peertest.Fault(t, err) != row.want || !strings.Contains(err.Error(), row.says) || !strings.HasPrefix(err.Error(), "ask for project cn-north-4 of IAM at 127.0.0.1:") {
					t.Errorf("got %v", err)
				}
			}
			if asked.Load() != 1 {
				t.Errorf("IAM was asked %d times in a row", asked.Load())
			}
		})
	}
}
