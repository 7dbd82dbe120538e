package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/observetest"
	"cleaner/internal/schedule"
	"cleaner/internal/sim"
)

// handed puts a credential where systemd would.
func (st *stage) handed(name, secret string) {
	st.Helper()
	st.env["CREDENTIALS_DIRECTORY"] = st.path("credentials")
	if err := os.MkdirAll(st.path("credentials"), 0o700); err != nil {
		st.Fatal(err)
	}
	st.write(filepath.Join("credentials", name), secret)
}

// TestCredentials: what systemd hands over is used where nothing else is set, and
// only there.
func TestCredentials(t *testing.T) {
	t.Run("password", func(t *testing.T) {
		st := newStage(t, sim.Options{})
		st.ids(10)
		st.handed(credentialPassword, "another") // the file that the configuration names counts
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(10))

		st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
		st.handed(credentialPassword, thePassword+"\n")
		st.write("tasks.txt", "0123\n")
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(1))

		st.handed(credentialPassword, "another") // and so does the environment
		st.env[envPassword] = thePassword
		st.write("tasks.txt", "4567\n")
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(1))
	})
	t.Run("access key", func(t *testing.T) {
		st := newStage(t, sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, SecurityToken: thePassword, ProjectID: "0123456789abcdef0123456789abcdef"})
		st.cfg["auth"] = map[string]any{"access_key": map[string]any{"id": "AKPLANTED", "project_id": "0123456789abcdef0123456789abcdef"}}
		st.handed(credentialSecretKey, theSecretKey)
		st.handed(credentialSecurityToken, thePassword)
		st.ids(10)
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(10))
	})
	t.Run("none", func(t *testing.T) {
		st := newStage(t, sim.Options{})
		st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
		st.handed("cleaner.something_else", "x")
		st.ids(1)
		code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
		st.want("exit code", code, exitUsage)
		st.want("the error names the credential: "+stderr, strings.Contains(stderr, credentialPassword), true)
	})
}

// TestListenTokenFromACredential: with it, control is offered at the address too.
func TestListenTokenFromACredential(t *testing.T) {
	st := newServing(t, sim.Options{})
	address := observetest.FreeAddress(t)
	st.set("listen.address", address)
	st.handed(credentialListenToken, thePassword)
	st.serve()
	for token, want := range map[string]int{thePassword: http.StatusOK, "another": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/control/pause", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		st.want("answer to the token", resp.StatusCode, want)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestIdleLine(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	for want, state := range map[string]schedule.State{
		"No pass is to come.":    {Jobs: []schedule.JobState{{}}},
		"Paused by an operator.": {Paused: true, Jobs: []schedule.JobState{{Next: at}}},
		"The next pass begins at 2026-03-01T02:01:00Z.": {Jobs: []schedule.JobState{
			{Next: at.Add(time.Hour)}, {}, {Next: at, Offset: time.Minute}, {Next: at.Add(30 * time.Second), Offset: time.Hour},
		}},
	} {
		if got := idleLine(state); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStatusLine: systemd is told of the pass under way.
func TestStatusLine(t *testing.T) {
	l := &livePass{pass: &pass{}}
	l.total.Store(7)
	if got, want := l.line(), "A pass: 0 of 7 settled, 0 requests, 0 throttled."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
