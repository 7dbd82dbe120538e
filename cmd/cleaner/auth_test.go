package main

import (
	"strings"
	"testing"

	"cleaner/internal/signin"
	"cleaner/internal/sim"
)

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
	// So they find it, however many passes there are: a refused password is not sent
	// again, and no account is locked.
	for range 5 {
		r = st.pass(exitCredentials)
		if !strings.Contains(r.Reason, "HTTP 401") || !strings.Contains(r.Reason, "cleaner release --credential") {
			t.Errorf("reason does not say what IAM said, and what to do: %q", r.Reason)
		}
	}
	st.want("failed logins of six passes", st.sim.Truth().FailedLogins, int64(1))
	// The next pass, with the right password, finds everything as it was.
	st.write("password", thePassword)
	st.want("deleted", st.pass(exitOK).Deleted, int64(100))
}

func TestPasswordFromTheEnvironment(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
	st.env[signin.EnvPassword] = thePassword
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
}

func TestTokenFile(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cfg["auth"] = map[string]any{"token_file": st.path("token")}
	st.ids(5)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
	st.want("exit code without the file", code, exitUsage)
	st.want("the error names the file", strings.Contains(stderr, st.path("token")), true)
}
