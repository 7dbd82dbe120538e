package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// TestRevocation: 200 workers whose token is rejected all at once make one login,
// and no ID pays for it. Each ID's first request is answered "expired", a second
// after it arrived, so that all 200 are under way when the first answer comes.
func TestRevocation(t *testing.T) {
	st := newStage(t, sim.Options{
		Latency: sim.Latency{Min: time.Second},
		Faults:  []sim.Fault{fault(t, "expired-401:1:1")},
	})
	st.set("limits.workers", 200)
	st.set("safety.canary", 0) // all at once
	st.set("limits.burst", 1000)
	st.set("limits.request_timeout", "10s")
	st.ids(200)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(200))
	st.want("requests sent again", r.Retries, int64(200))
	st.want("logins at IAM, the first one included", st.sim.Truth().Logins, int64(2))
	st.want("logins in the report", r.Logins, int64(2))
	for id, result := range st.results() {
		if result.Attempts != 1 {
			t.Errorf("%s spent %d attempts", id, result.Attempts)
		}
	}
}

func TestWrongPasswordIsTriedOnce(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.write("password", "wrong")
	st.ids(100)
	r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
	st.want("pending", r.Pending, int64(100))
	st.want("stopped by", r.StoppedBy, "credentials")
	truth := st.sim.Truth()
	st.want("failed logins", truth.FailedLogins, int64(1))
	st.want("requests", truth.Requests, int64(1))
	if !strings.Contains(r.Reason, "auth") {
		t.Errorf("reason does not say what to do: %q", r.Reason)
	}
	// The next pass, with the right password, finds everything as it was.
	st.write("password", thePassword)
	st.want("deleted", st.pass(exitOK).Deleted, int64(100))
}

func TestPasswordFromTheEnvironment(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
	st.env[envPassword] = thePassword
	st.ids(10)
	st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(10))
}

func TestAccessKey(t *testing.T) {
	st := newStage(t, sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, ProjectID: "0123456789abcdef0123456789abcdef"})
	st.cfg["auth"] = map[string]any{"access_key": map[string]any{
		"id": "AKPLANTED", "secret_file": st.write("secret", theSecretKey), "project_id": "0123456789abcdef0123456789abcdef",
	}}
	st.ids(50)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(50))
	st.want("logins", st.sim.Truth().Logins, int64(0))

	st.write("secret", "another")
	st.set("retry.deadline", "3s") // ends the run sooner than the grace of a rejected key
	st.write("tasks.txt", "0123\n4567\n")
	r = st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
	st.want("pending", r.Pending, int64(2))
}

func TestTokenFile(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cfg["auth"] = map[string]any{"token_file": st.write("token", "not-a-token-of-theirs")}
	st.set("retry.deadline", "3s") // ends the run sooner than the grace of a rejected token
	st.ids(5)
	r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
	st.want("pending", r.Pending, int64(5))
	if err := os.Remove(st.path("token")); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := st.cleaner("run")
	st.want("exit code without the file", code, exitUsage)
	st.want("the error names the file", strings.Contains(stderr, st.path("token")), true)
}

// TestRunIsBlamedForPermission: nobody's ID, so nobody's dead letter.
func TestRunIsBlamedForPermission(t *testing.T) {
	for _, name := range []string{"no-permission-200", "no-project", "gateway-404", "html-200", "redirect-302", "denied-403", "bare-404"} {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, name)}})
			st.ids(200)
			r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
			st.want("pending", r.Pending, int64(200))
			if n := st.sim.Truth().Deletes; n > 3*16 {
				t.Errorf("%d requests before the stop", n)
			}
		})
	}
}
